//! How the fields of a log line are written in text: `name=value`, the same for every kind of value.
//!
//! The formatter of `tracing-subscriber` quotes a text and does not quote what is displayed, so that
//! one field would have two forms. Here a value has quotes only if it needs them, and a field without
//! a value is left out.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FormatFields, format::Writer},
};

/// Formats the fields of events.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyValues;

impl<'a> FormatFields<'a> for KeyValues {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'a>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            is_empty: true,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'a> {
    writer: Writer<'a>,
    is_empty: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn add(&mut self, field: &Field, value: &str) {
        if self.result.is_ok() && !value.is_empty() {
            self.result = self.write(field.name(), value);
        }
    }

    fn write(&mut self, name: &str, value: &str) -> fmt::Result {
        if !std::mem::take(&mut self.is_empty) {
            self.writer.write_char(' ')?;
        }
        if name != "message" {
            write!(self.writer, "{name}=")?;
        }
        // A line break in a value must not begin a line of its own.
        let is_plain = match name {
            "message" => !value.contains(char::is_control),
            _ => !value.contains(|it: char| it.is_whitespace() || it.is_control() || it == '"'),
        };
        match is_plain {
            true => self.writer.write_str(value),
            false => write!(self.writer, "{value:?}"),
        }
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_field_has_one_form_whatever_its_kind_and_none_without_a_value() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(KeyValues)
            .without_time()
            .with_target(false)
            .with_ansi(false)
            .with_writer(kept.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let (text, none) = ("acme", None::<u32>);
            tracing::info!(tenant = text, "as a text");
            tracing::info!(tenant = %text, "displayed");
            tracing::info!(reason = "", other = %"", none, seq = 7, "empty");
            tracing::warn!(error = %"a sentence\nwith \"quotes\"", "needs quotes");
        });
        let written = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = written.lines().map(str::trim).collect();
        let expected = [
            "INFO as a text tenant=acme",
            "INFO displayed tenant=acme",
            "INFO empty seq=7",
            r#"WARN needs quotes error="a sentence\nwith \"quotes\"""#,
        ];
        assert_eq!(lines, expected);
    }
}
