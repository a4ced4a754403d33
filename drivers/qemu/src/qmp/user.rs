//! Commands that a user has written.

use super::message::Refusal;
use omnivirt_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

/// A command as a user has written it.
#[derive(Debug)]
pub(crate) struct UserCommand {
    pub(crate) name: String,
    /// The command without the user's number.
    pub(crate) request: Map<String, Value>,
    id: Option<Value>,
}

impl UserCommand {
    /// Reads a command; `example` is one of those that are meant.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` if it is none.
    pub(crate) fn read(text: &str, example: &str) -> Result<Self> {
        let refuse = |what: &str| {
            let message = format!("this is no command as JSON: {what}");
            Err(Error::new(ErrorKind::InvalidArgument, message)
                .with_hint(format!(r#"write it as {{"execute": "{example}"}}"#)))
        };
        let mut request: Map<String, Value> = match serde_json::from_str(text) {
            Ok(request) => request,
            Err(error) => return refuse(&error.to_string()),
        };
        // Some commands are meant to be done before those that came earlier.
        let word = if request.contains_key("exec-oob") { "exec-oob" } else { "execute" };
        let Some(name) = request.get(word).and_then(Value::as_str).map(str::to_owned) else {
            return refuse("nothing to execute");
        };
        let id = request.remove("id");
        Ok(Self { name, request, id })
    }

    /// The answer, which is JSON, with the user's number on it.
    pub(crate) fn answered(&self, answer: &str) -> String {
        self.numbered(format!(r#"{{"return":{answer}"#))
    }

    /// Why not, with the user's number on it.
    pub(crate) fn refused(&self, refusal: &Refusal) -> String {
        let error = json!({"class": refusal.class, "desc": refusal.description});
        self.numbered(format!(r#"{{"error":{error}"#))
    }

    fn numbered(&self, mut answer: String) -> String {
        if let Some(id) = &self.id {
            answer.push_str(&format!(r#","id":{id}"#));
        }
        answer.push('}');
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_command_is_refused() {
        for text in
            ["", "{", "[]", "7", "{}", r#"{"execute": 7}"#, r#"{"run": "stop"}"#, "{\"execute\": \"a\"} x"]
        {
            let error = UserCommand::read(text, "query-status").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
            assert!(error.hint().is_some_and(|hint| hint.contains("query-status")), "{text}");
        }
        let deep = format!("{{\"execute\": {}", "[".repeat(100_000));
        assert!(UserCommand::read(&deep, "stop").is_err());
    }

    #[test]
    fn answers_have_the_users_number() {
        let command = UserCommand::read(r#"{"execute": "stop", "id": {"mine": [1]}}"#, "stop").unwrap();
        assert_eq!(command.answered("{}"), r#"{"return":{},"id":{"mine":[1]}}"#);
        let refusal = Refusal { class: "A".to_owned(), description: "b \"c\"".to_owned() };
        let text = command.refused(&refusal);
        assert_eq!(text, r#"{"error":{"class":"A","desc":"b \"c\""},"id":{"mine":[1]}}"#);
        assert!(!command.request.contains_key("id"));
        assert_eq!(
            UserCommand::read(r#"{"execute": "stop"}"#, "stop").unwrap().answered("7"),
            r#"{"return":7}"#
        );
    }
}
