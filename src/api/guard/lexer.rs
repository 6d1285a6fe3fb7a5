//! Cuts a document into tokens, one at a time, and counts them. Knows no grammar.
//!
//! Linear in the length of the document, without recursion and without memory of its own; the strictness is
//! that of the specification's October 2021 edition with the later variable-width Unicode escapes.

use async_graphql::Pos;

/// What a token is. Names, numbers and strings are read from [`Token::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of `! $ & ( ) : = @ [ ] { | }`
    Mark(u8),
    /// `...`
    Spread,
    Name,
    Int,
    Float,
    /// Between single quotation marks, which `text` leaves out; escapes not yet resolved.
    Text,
    /// Between triple quotation marks, which `text` leaves out.
    Block,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) at: Pos,
}

/// Why no next token comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// No token of GraphQL begins here.
    Syntax(&'static str, Pos),
    /// The document has more tokens than the limit.
    TooMany,
}

pub(super) struct Lexer<'a> {
    source: &'a str,
    bytes: &'a [u8],
    next: usize,
    left: usize,
    line: usize,
    /// Where columns were counted up to, and the column there.
    counted: (usize, usize),
}

impl<'a> Lexer<'a> {
    /// A lexer that gives at most `limit` tokens.
    pub(super) fn new(source: &'a str, limit: usize) -> Self {
        Lexer {
            source,
            bytes: source.as_bytes(),
            next: 0,
            left: limit,
            line: 1,
            counted: (0, 1),
        }
    }

    pub(super) fn token(&mut self) -> Result<Token<'a>, Stop> {
        self.skip_ignored();
        let start = self.next;
        let at = self.position(start);
        let Some(&first) = self.bytes.get(start) else {
            return Ok(Token {
                kind: Kind::End,
                text: "",
                at,
            });
        };
        self.left = self.left.checked_sub(1).ok_or(Stop::TooMany)?;
        let (kind, text) = match first {
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|' | b'}' => {
                self.next += 1;
                (Kind::Mark(first), "")
            }
            b'.' if self.bytes[start..].starts_with(b"...") => {
                self.next += 3;
                (Kind::Spread, "")
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                self.skip_while(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
                (Kind::Name, &self.source[start..self.next])
            }
            b'-' | b'0'..=b'9' => (self.number(at)?, &self.source[start..self.next]),
            b'"' if self.bytes[start..].starts_with(b"\"\"\"") => (Kind::Block, self.block(at)?),
            b'"' => (Kind::Text, self.text(at)?),
            _ => return Err(Stop::Syntax("a character that begins no token", at)),
        };
        Ok(Token { kind, text, at })
    }

    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) {
        while self.bytes.get(self.next).is_some_and(|byte| accept(*byte)) {
            self.next += 1;
        }
    }

    fn skip_ignored(&mut self) {
        while let Some(&byte) = self.bytes.get(self.next) {
            match byte {
                b' ' | b'\t' | b',' => self.next += 1,
                b'\n' | b'\r' => {
                    self.next += if self.bytes[self.next..].starts_with(b"\r\n") {
                        2
                    } else {
                        1
                    };
                    self.new_line();
                }
                b'#' => self.skip_while(|byte| byte != b'\n' && byte != b'\r'),
                0xEF if self.bytes[self.next..].starts_with(b"\xEF\xBB\xBF") => self.next += 3,
                _ => return,
            }
        }
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.counted = (self.next, 1);
    }

    /// Line and column, both from one; columns in characters. Each byte is counted once only.
    fn position(&mut self, offset: usize) -> Pos {
        let (from, column) = self.counted;
        let column = column + self.source[from..offset].chars().count();
        self.counted = (offset, column);
        Pos {
            line: self.line,
            column,
        }
    }

    fn number(&mut self, at: Pos) -> Result<Kind, Stop> {
        if self.bytes[self.next] == b'-' {
            self.next += 1;
        }
        let leading = self.next;
        self.digits(at)?;
        if self.bytes[leading] == b'0' && self.next > leading + 1 {
            return Err(Stop::Syntax("a number with a leading zero", at));
        }
        let mut kind = Kind::Int;
        if self.bytes.get(self.next) == Some(&b'.') {
            kind = Kind::Float;
            self.next += 1;
            self.digits(at)?;
        }
        if matches!(self.bytes.get(self.next), Some(b'e' | b'E')) {
            kind = Kind::Float;
            self.next += 1;
            if matches!(self.bytes.get(self.next), Some(b'+' | b'-')) {
                self.next += 1;
            }
            self.digits(at)?;
        }
        match self.bytes.get(self.next) {
            Some(b'.' | b'_' | b'a'..=b'z' | b'A'..=b'Z') => {
                Err(Stop::Syntax("a number that runs into a name", at))
            }
            _ => Ok(kind),
        }
    }

    fn digits(&mut self, at: Pos) -> Result<(), Stop> {
        let start = self.next;
        self.skip_while(|byte| byte.is_ascii_digit());
        if start == self.next {
            return Err(Stop::Syntax("a number without digits", at));
        }
        Ok(())
    }

    fn text(&mut self, at: Pos) -> Result<&'a str, Stop> {
        let start = self.next + 1;
        self.next = start;
        loop {
            match self.bytes.get(self.next) {
                Some(b'"') => break,
                Some(b'\\') if self.next + 1 < self.bytes.len() => self.next += 2,
                None | Some(b'\\' | b'\n' | b'\r') => {
                    return Err(Stop::Syntax("a string that does not end", at));
                }
                Some(_) => self.next += 1,
            }
        }
        let text = self.source.get(start..self.next);
        self.next += 1;
        text.ok_or(Stop::Syntax("a string with an unknown escape", at))
    }

    fn block(&mut self, at: Pos) -> Result<&'a str, Stop> {
        let start = self.next + 3;
        self.next = start;
        loop {
            let rest = &self.bytes[self.next..];
            match rest.first() {
                None => return Err(Stop::Syntax("a string that does not end", at)),
                Some(b'"') if rest.starts_with(b"\"\"\"") => break,
                Some(b'\\') if rest.starts_with(b"\\\"\"\"") => self.next += 4,
                Some(b'\n' | b'\r') => {
                    self.next += if rest.starts_with(b"\r\n") { 2 } else { 1 };
                    self.new_line();
                }
                Some(_) => self.next += 1,
            }
        }
        let text = &self.source[start..self.next];
        self.next += 3;
        Ok(text)
    }
}
