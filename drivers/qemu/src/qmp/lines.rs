//! Lines from a socket, of bounded length.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What is kept of a buffer that a long line has made large.
const KEPT_BYTES: usize = 16 << 10;
const CHUNK_BYTES: usize = 4 << 10;

/// Reads lines. It holds no more than the line that is being read; a reading that is given up goes on with the next.
#[derive(Debug)]
pub(crate) struct Lines {
    /// The length of the longest line that is taken.
    most: usize,
    buffer: Vec<u8>,
    /// How much of the buffer has been given out.
    start: usize,
    /// How much of it is known to have no line's end.
    searched: usize,
}

impl Lines {
    /// Takes lines of up to so many bytes.
    pub(crate) fn bounded(most: usize) -> Self {
        Self { most, buffer: Vec::new(), start: 0, searched: 0 }
    }

    /// The next line without its end; none when the other side has closed.
    ///
    /// # Errors
    ///
    /// What reading says; `InvalidData` for a line that is too long.
    pub(crate) async fn next(&mut self, reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<&[u8]>> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let (from, end) = (self.start, self.searched + end);
                self.start = end + 1;
                self.searched = self.start;
                return Ok(Some(&self.buffer[from..end]));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            self.searched = self.buffer.len();
            if self.buffer.is_empty() && self.buffer.capacity() > KEPT_BYTES {
                self.buffer = Vec::new();
            }
            if self.buffer.len() > self.most {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
            self.buffer.reserve(CHUNK_BYTES);
            if reader.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut reader = tokio_test_reader(chunks);
        let mut lines = Lines::bounded(64);
        let mut all = Vec::new();
        while let Some(line) = lines.next(&mut reader).await.unwrap() {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        }
        all
    }

    /// Gives the chunks one by one, whatever room there is for more.
    fn tokio_test_reader(chunks: &[&[u8]]) -> impl AsyncRead + Unpin {
        let (mut near, far) = tokio::io::duplex(1);
        let bytes: Vec<u8> = chunks.concat();
        tokio::spawn(async move {
            use tokio::io::AsyncWriteExt;
            near.write_all(&bytes).await.unwrap();
        });
        far
    }

    #[tokio::test]
    async fn lines_are_told_apart_wherever_they_are_cut() {
        assert_eq!(lines(&[b"{\"a\":1}\r\n{}", b"\n", b"cut"]).await, ["{\"a\":1}\r", "{}"]);
        assert_eq!(lines(&[b"\n\n"]).await, ["", ""]);
        assert!(lines(&[b"never ended"]).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_that_does_not_end_is_not_kept() {
        let mut endless = tokio::io::repeat(b'x');
        let mut lines = Lines::bounded(100_000);
        let error = lines.next(&mut endless).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(lines.buffer.capacity() < 300_000);
    }
}
