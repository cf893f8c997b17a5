//! Why a call was refused, and the many ways Lucca may write that.

use serde_json::json;

use super::{
    answer::{Answer, JSON},
    switches::ErrorStyle,
};

/// A refusal: a status, a sentence, and which layer of Lucca speaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    layer: Layer,
}

/// Which layer refuses; each has its own way of writing errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    /// The v3 resources: `{"Status","Message"}`, as in the old organisation specification.
    Product,
    /// The framework under v3: bare text under a JSON content type.
    Framework,
    /// The v4 resources. Their errors are not documented; problem+json is v5's form.
    Modern,
    /// The framework's 403 on writes: no body.
    Silent,
}

impl Refusal {
    /// A refusal by a v3 resource.
    pub(super) fn product(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, message, Layer::Product)
    }

    /// A 400 by the framework under v3.
    pub(super) fn framework(message: impl Into<String>) -> Self {
        Self::new(400, message, Layer::Framework)
    }

    /// A refusal by a v4 resource.
    pub(super) fn modern(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, message, Layer::Modern)
    }

    /// A refusal without a word.
    pub(super) fn silent(status: u16) -> Self {
        Self::new(status, "", Layer::Silent)
    }

    fn new(status: u16, message: impl Into<String>, layer: Layer) -> Self {
        Self {
            status,
            message: message.into(),
            layer,
        }
    }

    /// The answer in the given style.
    pub(super) fn answer(&self, style: ErrorStyle) -> Answer {
        if self.layer == Layer::Silent {
            return Answer::empty(self.status);
        }
        let (status, message) = (self.status, &self.message);
        match (style, self.layer) {
            (ErrorStyle::Empty, _) => Answer::empty(status),
            (ErrorStyle::CamelCase, _) => Answer::text(
                status,
                JSON,
                json!({ "status": status, "message": message }).to_string(),
            ),
            (ErrorStyle::Html, _) => html(status),
            (ErrorStyle::ProblemJson, _) | (ErrorStyle::StatusMessage, Layer::Modern) => {
                Answer::text(
                    status,
                    "application/problem+json; charset=utf-8",
                    json!({
                        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
                        "title": message,
                        "status": status,
                    })
                    .to_string(),
                )
            }
            (ErrorStyle::PlainText, _) | (ErrorStyle::StatusMessage, Layer::Framework) => {
                Answer::text(status, "application/json", message.clone())
            }
            (ErrorStyle::StatusMessage, Layer::Product | Layer::Silent) => Answer::text(
                status,
                JSON,
                json!({ "Status": status, "Message": message }).to_string(),
            ),
        }
    }
}

/// A page as a proxy would write it.
pub(super) fn html(status: u16) -> Answer {
    Answer::text(
        status,
        "text/html; charset=utf-8",
        format!(
            "<!DOCTYPE html><html><head><title>{status}</title></head>\
             <body><h1>{status}</h1><p>The service cannot answer.</p></body></html>"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_style_writes_its_own_body() {
        let refusal = Refusal::product(400, "no");
        let body = |style| String::from_utf8(refusal.answer(style).body.to_vec()).unwrap();
        for (style, expected) in [
            (
                ErrorStyle::StatusMessage,
                r#"{"Message":"no","Status":400}"#,
            ),
            (ErrorStyle::CamelCase, r#"{"message":"no","status":400}"#),
            (ErrorStyle::PlainText, "no"),
            (ErrorStyle::Empty, ""),
        ] {
            assert_eq!(body(style), expected);
        }
        assert!(body(ErrorStyle::ProblemJson).contains(r#""title":"no""#));
        assert!(body(ErrorStyle::Html).starts_with("<!DOCTYPE html>"));
    }

    #[test]
    fn by_default_each_layer_speaks_its_own_dialect() {
        let written = |refusal: Refusal| {
            let answer = refusal.answer(ErrorStyle::StatusMessage);
            (
                answer.content_type.unwrap_or_default(),
                String::from_utf8(answer.body.to_vec()).unwrap(),
            )
        };
        assert_eq!(
            written(Refusal::framework("no")),
            ("application/json", "no".to_owned())
        );
        assert!(
            written(Refusal::modern(400, "no"))
                .0
                .contains("problem+json")
        );
        assert_eq!(written(Refusal::silent(403)), ("", String::new()));
    }
}
