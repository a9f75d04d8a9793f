//! Both directions of a connection.

use super::{Agreed, Deflate, Deflater, Inflater};

/// Both directions of a connection: none where it does not compress, or not with a state of its own.
#[derive(Debug, Default)]
pub(crate) struct Coders {
    pub(crate) inflater: Option<Inflater>,
    pub(crate) deflater: Option<Deflater>,
}

/// What is left of them while the connection is parked: nothing, unless an end takes its window over and
/// has done so.
#[derive(Debug, Default)]
pub(crate) struct Kept(Option<Box<Coders>>);

impl Coders {
    pub(crate) fn new(settings: Option<&Deflate>, agreed: Option<Agreed>) -> Self {
        let Some((settings, agreed)) = settings.zip(agreed) else { return Self::default() };
        let (inflater, deflater) = (Inflater::new(agreed), Deflater::new(settings, agreed));
        Self { inflater: Some(inflater), deflater }
    }

    pub(crate) fn park(self) -> Kept {
        let keeps = self.inflater.as_ref().is_some_and(Inflater::keeps)
            || self.deflater.as_ref().is_some_and(Deflater::keeps);
        Kept(keeps.then(|| Box::new(self)))
    }
}

impl Kept {
    pub(crate) fn resume(self, settings: Option<&Deflate>, agreed: Option<Agreed>) -> Coders {
        self.0.map_or_else(|| Coders::new(settings, agreed), |coders| *coders)
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};
    use proptest::prelude::*;

    use super::*;
    use crate::codec::{Opcode, push_frame};
    use crate::deflate::Packed;
    use crate::deflate::plain::opened;

    fn agreed(takes_over: bool, window: u8) -> Agreed {
        Agreed {
            server_takes_over: takes_over,
            client_takes_over: takes_over,
            server_window: window,
            client_window: window,
        }
    }

    fn frame(message: &[u8]) -> Bytes {
        let mut frame = BytesMut::new();
        push_frame(&mut frame, Opcode::Binary, false, message);
        frame.freeze()
    }

    proptest! {
        #[test]
        fn whatever_is_compressed_becomes_the_same_again(
            messages in prop::collection::vec(("[a-d]{0,50}", 0_usize..3000), 1..8),
            level in 1_u8..=9, window in 9_u8..=15, takes_over in any::<bool>(),
        ) {
            let mut settings = Deflate::default();
            (settings.level, settings.threshold) = (level, 0);
            let agreed = agreed(takes_over, window);
            let mut coders = Coders::new(Some(&settings), Some(agreed));
            for (text, count) in messages {
                let message = text.repeat(count).into_bytes();
                let plain = Packed::default().of(&frame(&message), &settings, Some(agreed));
                let packed = match &mut coders.deflater {
                    Some(deflater) => deflater.pack(plain),
                    None => plain,
                };
                let (_, payload) = opened(&packed);
                let got = match packed[0] & 0x40 {
                    0 => payload.to_vec(),
                    _ => coders.inflater.as_mut().unwrap().inflate(payload, message.len()).unwrap(),
                };
                prop_assert_eq!(got, message);
                coders = coders.park().resume(Some(&settings), Some(agreed));
            }
        }
    }

    #[test]
    fn nothing_is_kept_without_takeover() {
        let (settings, bytes) = (Deflate::default(), [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0]);
        for (takes_over, keeps) in [(false, false), (true, true)] {
            let mut coders = Coders::new(Some(&settings), Some(agreed(takes_over, 15)));
            let got = coders.inflater.as_mut().unwrap().inflate(&bytes, 100).unwrap();
            assert_eq!(got, b"Hello");
            assert_eq!(coders.park().0.is_some(), keeps);
        }
    }
}
