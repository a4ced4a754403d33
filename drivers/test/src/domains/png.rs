//! PNG images of one bit a pixel: what screenshots are written as.

/// A picture of black and white pixels.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

impl Picture {
    /// A black picture. The width is in pixels, a multiple of 8.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        debug_assert!(width.is_multiple_of(8));
        // Each row begins with the number of its filter: 0, none.
        let stride = 1 + width as usize / 8;
        Self { width, height, rows: vec![0; stride * height as usize] }
    }

    /// Makes a rectangle white; what is outside of the picture is cut off.
    pub(crate) fn fill(&mut self, left: u32, top: u32, width: u32, height: u32) {
        let stride = 1 + self.width as usize / 8;
        for y in top..top.saturating_add(height).min(self.height) {
            for x in left..left.saturating_add(width).min(self.width) {
                self.rows[y as usize * stride + 1 + x as usize / 8] |= 0x80 >> (x % 8);
            }
        }
    }

    /// Whether a pixel is white.
    pub(crate) fn is_white(&self, x: u32, y: u32) -> bool {
        let stride = 1 + self.width as usize / 8;
        self.rows[y as usize * stride + 1 + x as usize / 8] & 0x80 >> (x % 8) != 0
    }

    /// The picture as a PNG file.
    pub(crate) fn to_png(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(13);
        header.extend(self.width.to_be_bytes());
        header.extend(self.height.to_be_bytes());
        // One bit a pixel, grey; the only compression and filter methods; not interlaced.
        header.extend([1, 0, 0, 0, 0]);
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut file, *b"IHDR", &header);
        chunk(&mut file, *b"IDAT", &stored(&self.rows));
        chunk(&mut file, *b"IEND", &[]);
        file
    }
}

/// A zlib stream that holds the bytes as they are: screenshots of a simulator are small.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let checked = file.len();
    file.extend(kind);
    file.extend(data);
    let sum = crc32(&file[checked..]);
    file.extend(sum.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    })
}

fn adler32(bytes: &[u8]) -> u32 {
    const PRIME: u32 = 65_521;
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % PRIME;
        (low, (high + low) % PRIME)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_is_a_whole_png_file() {
        let mut picture = Picture::new(16, 2);
        picture.fill(8, 1, 100, 1);
        let file = picture.to_png();
        assert!(file.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x02\x01\0"));
        assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
        let rows = [0, 0, 0, 0, 0, 0xff];
        assert!(file.windows(rows.len()).any(|window| window == rows));
    }

    #[test]
    fn a_large_picture_takes_several_blocks() {
        let stream = stored(&vec![7; 70_000]);
        assert_eq!((stream[2], stream[2 + 5 + 65_535]), (0, 1));
        assert_eq!(stream.len(), 2 + 5 + 65_535 + 5 + 4_465 + 4);
    }
}
