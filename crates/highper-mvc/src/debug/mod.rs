//! Errors as developers want to see them.

mod renderer;

mod incident;

mod frame;

mod trace;

mod source;

mod highlight;

mod editor;

mod mask;

mod table;

mod request_tables;

mod machine;

mod xml;

mod text;

mod html;

mod page;

pub use editor::{Editor, UnknownEditor};
pub use frame::Frame;
pub use mask::Mask;
pub use renderer::DebugRenderer;
pub use table::Rows;
pub use trace::MAX_FRAMES;
