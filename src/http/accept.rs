//! Which media type an answer gets, from what the asker says it accepts. Pure; knows the two types of GraphQL
//! over HTTP and no others.

use poem::http::HeaderMap;
use poem::http::header::ACCEPT;

/// The media types that an answer can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status says what happened.
    GraphqlResponse,
    /// `application/json`: an older client, for which every answer to a well-formed request is 200.
    Json,
    /// `application/json` to an asker who named neither, with the status that says what happened: who asks by hand or
    /// from a script looks at it.
    Unnamed,
}

impl Media {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Media::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Media::Json | Media::Unnamed => "application/json; charset=utf-8",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Media::GraphqlResponse => "application/graphql-response+json",
            Media::Json | Media::Unnamed => "application/json",
        }
    }
}

/// The type that the asker likes best; of two that it likes as much, the newer one when it named it. None when it
/// takes neither.
pub(super) fn choose(headers: &HeaderMap) -> Option<Media> {
    let mut ranges = headers.get_all(ACCEPT).iter().peekable();
    if ranges.peek().is_none() {
        return Some(Media::Unnamed);
    }
    let mut wishes = Wishes::default();
    for header in ranges {
        for range in header
            .to_str()
            .ok()?
            .split(',')
            .filter(|range| !range.trim().is_empty())
        {
            wishes.read(range);
        }
    }
    let newer = wishes.of(Media::GraphqlResponse);
    let older = wishes.of(Media::Json);
    match (newer, older) {
        (0, 0) => None,
        (newer, older) if newer >= older && (wishes.newer.is_some() || older == 0) => {
            Some(Media::GraphqlResponse)
        }
        _ if wishes.older.is_some() => Some(Media::Json),
        _ => Some(Media::Unnamed),
    }
}

/// Quality, in thousandths, of what was asked for; the more specific range decides.
#[derive(Default)]
struct Wishes {
    newer: Option<u16>,
    older: Option<u16>,
    application: Option<u16>,
    any: Option<u16>,
}

impl Wishes {
    fn read(&mut self, range: &str) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let mut quality = 1_000;
        for parameter in parts {
            let Some((key, value)) = parameter.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match key.trim().to_ascii_lowercase().as_str() {
                "q" => quality = thousandths(value),
                // There is only UTF-8: a range for another charset is a range for something else.
                "charset" if !value.eq_ignore_ascii_case("utf-8") => return,
                _ => {}
            }
        }
        let wish = match name.as_str() {
            found if found == Media::GraphqlResponse.name() => &mut self.newer,
            found if found == Media::Json.name() => &mut self.older,
            "application/*" => &mut self.application,
            "*/*" => &mut self.any,
            _ => return,
        };
        *wish = Some(wish.map_or(quality, |earlier| earlier.max(quality)));
    }

    fn of(&self, media: Media) -> u16 {
        let own = match media {
            Media::GraphqlResponse => self.newer,
            Media::Json | Media::Unnamed => self.older,
        };
        own.or(self.application).or(self.any).unwrap_or(0)
    }
}

fn thousandths(quality: &str) -> u16 {
    let number = quality.parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 1000 after the clamp"
    )]
    let whole = (number * 1_000.0) as u16;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_follows_what_the_asker_likes_best() {
        let newer = Some(Media::GraphqlResponse);
        let older = Some(Media::Json);
        let unnamed = Some(Media::Unnamed);
        let cases = [
            (None, unnamed),
            (Some("*/*"), unnamed),
            (Some("application/*"), unnamed),
            (Some("application/graphql-response+json, */*"), newer),
            (Some("application/json, */*"), older),
            (Some("application/json;q=0, */*"), newer),
            (Some("application/json"), older),
            (Some("application/json; charset=utf-8"), older),
            (Some("APPLICATION/JSON"), older),
            (Some("application/graphql-response+json"), newer),
            (
                Some("application/graphql-response+json;q=0.5, application/json"),
                older,
            ),
            (
                Some("application/json;q=0.9, application/graphql-response+json"),
                newer,
            ),
            (Some("application/json, application/graphql-response+json"), newer),
            (Some("application/json, */*;q=0.1"), older),
            (Some("application/graphql-response+json;q=0, */*"), unnamed),
            (Some("text/html, application/xhtml+xml, */*;q=0.8"), unnamed),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
            (Some("application/json; charset=latin1"), None),
            (Some(""), None),
            (Some("multipart/mixed, application/json"), older),
        ];
        for (header, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(ACCEPT, header.parse().unwrap());
            }
            assert_eq!(choose(&headers), expected, "{header:?}");
        }
    }
}
