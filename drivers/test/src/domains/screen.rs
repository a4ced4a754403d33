//! What is on the screen of a simulated guest: a picture made of the domain's UUID, of its time, and of the keys that
//! were pressed.

use super::png::Picture;
use super::state::Simulated;
use omnivirt_core::{DomainState, Timestamp};

/// The size of every screen, in pixels.
pub(crate) const WIDTH: u32 = 640;
pub(crate) const HEIGHT: u32 = 400;

/// The pattern: so many cells each way, so large.
const CELLS: u32 = 8;
const CELL: u32 = 32;

impl Simulated {
    /// Draws the screen of that number.
    pub(crate) fn draw(&self, screen: u32, now: Timestamp) -> Picture {
        let mut picture = Picture::new(WIDTH, HEIGHT);
        let (left, top) = ((WIDTH - CELLS * CELL) / 2, 32);
        let bits = self.uuid.as_u128().rotate_left(screen);
        // 64 cells, mirrored at the middle so that people know a pattern again.
        for cell in 0..CELLS * CELLS / 2 {
            if bits >> cell & 1 == 1 {
                let (column, row) = (cell % (CELLS / 2), cell / (CELLS / 2));
                picture.fill(left + column * CELL, top + row * CELL, CELL, CELL);
                picture.fill(left + (CELLS - 1 - column) * CELL, top + row * CELL, CELL, CELL);
            }
        }
        let Some(run) = &self.run else { return picture };
        // A bar that grows by a pixel a second and begins anew when it is full, and a mark for each key.
        let seconds = (run.cpu_time_ns(now) / 1_000_000_000 % u64::from(WIDTH)) as u32;
        picture.fill(0, HEIGHT - 16, seconds, 8);
        for key in 0..(run.extras.input.keys % 80) as u32 {
            picture.fill(key * 8, HEIGHT - 40, 6, 12);
        }
        if self.state != DomainState::Running {
            // Two bars, as on the button that pauses.
            picture.fill(8, 8, 6, 20);
            picture.fill(20, 8, 6, 20);
        }
        picture
    }

    /// How many screens the guest has. One without a video device is given one, so that it has something to show.
    pub(crate) fn screens(&self) -> u32 {
        let videos = self.current().config.devices().filter(|device| device.kind() == "video");
        let heads =
            videos.map(|video| super::values::parsed::<u32>(video.element(), "model/@heads").unwrap_or(1));
        heads.fold(0_u32, u32::saturating_add).max(1)
    }
}
