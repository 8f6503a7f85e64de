//! The pieces of a text: numbers, strings, brackets, and where they stand.

use super::{Error, Result, float};

/// How deep lists and objects may be nested: no text may use up the stack.
const DEPTH_MAX: u32 = 127;

/// A text, and how much of it was read.
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) place: usize,
    /// How many lists and objects it is in.
    depth: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, place: 0, depth: 0 }
    }
}

/// A value, or the beginning of one.
pub(super) enum Token {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    /// `[` was read.
    List,
    /// `{` was read.
    Object,
}

/// Bytes, and errors about them.
impl Reader<'_> {
    pub(super) fn byte(&self) -> Option<u8> {
        self.text.get(self.place).copied()
    }

    pub(super) fn next_byte(&mut self) -> Option<u8> {
        let byte = self.byte()?;
        self.place += 1;
        Some(byte)
    }

    /// The next byte that is not blank.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.byte() {
            self.place += 1;
        }
        self.byte()
    }

    /// An error about the byte that was read last.
    pub(super) fn error(&self, reason: &str) -> Error {
        self.error_at(reason, self.place)
    }

    /// An error about the byte that comes next.
    pub(super) fn error_ahead(&self, reason: &str) -> Error {
        self.error_at(reason, self.text.len().min(self.place + 1))
    }

    fn error_at(&self, reason: &str, place: usize) -> Error {
        Error { reason: reason.to_owned(), position: Some(self.position(place)) }
    }

    fn position(&self, place: usize) -> (usize, usize) {
        let read = self.text.iter().take(place);
        read.fold((1, 0), |(line, column), &byte| match byte {
            b'\n' => (line + 1, 0),
            _ => (line, column + 1),
        })
    }

    /// What serde says, with the present position if it has none.
    pub(super) fn located<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| {
            let position = error.position.or_else(|| Some(self.position(self.place)));
            Error { position, ..error }
        })
    }
}

/// Values.
impl Reader<'_> {
    pub(super) fn token(&mut self) -> Result<Token> {
        match self.peek() {
            None => Err(self.error_ahead("EOF while parsing a value")),
            Some(b'n') => self.word("null", Token::Null),
            Some(b't') => self.word("true", Token::Bool(true)),
            Some(b'f') => self.word("false", Token::Bool(false)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'"') => {
                self.place += 1;
                self.string().map(Token::Text)
            }
            Some(b'[') => {
                self.place += 1;
                Ok(Token::List)
            }
            Some(b'{') => {
                self.place += 1;
                Ok(Token::Object)
            }
            Some(_) => Err(self.error_ahead("expected value")),
        }
    }

    pub(super) fn word(&mut self, word: &str, token: Token) -> Result<Token> {
        for expected in word.bytes() {
            match self.next_byte() {
                Some(byte) if byte == expected => {}
                Some(_) => return Err(self.error("expected ident")),
                None => return Err(self.error("EOF while parsing a value")),
            }
        }
        Ok(token)
    }

    /// Goes into a list or an object for as long as `read` takes.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEPTH_MAX {
            return Err(self.error("recursion limit exceeded"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    pub(super) fn end_list(&mut self) -> Result<()> {
        match self.peek() {
            Some(b']') => {
                self.place += 1;
                Ok(())
            }
            Some(b',') => {
                self.place += 1;
                let trailing = self.peek() == Some(b']');
                let reason = if trailing { "trailing comma" } else { "trailing characters" };
                Err(self.error_ahead(reason))
            }
            Some(_) => Err(self.error_ahead("trailing characters")),
            None => Err(self.error_ahead("EOF while parsing a list")),
        }
    }

    pub(super) fn end_object(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'}') => {
                self.place += 1;
                Ok(())
            }
            Some(b',') => Err(self.error_ahead("trailing comma")),
            Some(_) => Err(self.error_ahead("trailing characters")),
            None => Err(self.error_ahead("EOF while parsing an object")),
        }
    }

    pub(super) fn colon(&mut self) -> Result<()> {
        match self.peek() {
            Some(b':') => {
                self.place += 1;
                Ok(())
            }
            Some(_) => Err(self.error_ahead("expected `:`")),
            None => Err(self.error_ahead("EOF while parsing an object")),
        }
    }
}

/// Numbers.
impl Reader<'_> {
    fn number(&mut self) -> Result<Token> {
        let negative = self.byte() == Some(b'-');
        self.place += usize::from(negative);
        let mut digits = Digits::default();
        match self.next_byte() {
            Some(b'0') => {
                if let Some(b'0'..=b'9') = self.byte() {
                    return Err(self.error_ahead("invalid number"));
                }
            }
            Some(digit @ b'1'..=b'9') => {
                digits.push(digit, false);
                self.digits(&mut digits, false);
            }
            Some(_) => return Err(self.error("invalid number")),
            None => return Err(self.error("EOF while parsing a value")),
        }
        let mut whole = digits.exponent == 0;
        if self.byte() == Some(b'.') {
            self.place += 1;
            whole = false;
            if !self.digits(&mut digits, true) {
                let reason = match self.byte() {
                    Some(_) => "invalid number",
                    None => "EOF while parsing a value",
                };
                return Err(self.error_ahead(reason));
            }
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.place += 1;
            whole = false;
            digits.exponent = digits.exponent.saturating_add(self.exponent()?);
        }
        let significand = digits.significand;
        match (whole, negative) {
            (true, false) => return Ok(Token::Unsigned(significand)),
            (true, true) if (1..=1 << 63).contains(&significand) => {
                return Ok(Token::Signed(significand.wrapping_neg().cast_signed()));
            }
            _ => {}
        }
        let float = float::from_decimal(significand, digits.exponent);
        if float.is_infinite() {
            return Err(self.error("number out of range"));
        }
        Ok(Token::Float(if negative { -float } else { float }))
    }

    /// Reads digits; whether there were any.
    fn digits(&mut self, digits: &mut Digits, fraction: bool) -> bool {
        let start = self.place;
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            self.place += 1;
            digits.push(digit, fraction);
        }
        self.place > start
    }

    fn exponent(&mut self) -> Result<i32> {
        let negative = self.byte() == Some(b'-');
        if let Some(b'+' | b'-') = self.byte() {
            self.place += 1;
        }
        let mut exponent = 0_i32;
        match self.next_byte() {
            Some(digit @ b'0'..=b'9') => exponent += i32::from(digit - b'0'),
            Some(_) => return Err(self.error("invalid number")),
            None => return Err(self.error("EOF while parsing a value")),
        }
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            self.place += 1;
            exponent = exponent.saturating_mul(10).saturating_add(i32::from(digit - b'0'));
        }
        Ok(if negative { -exponent } else { exponent })
    }
}

/// The digits of a number without its point.
#[derive(Default)]
struct Digits {
    /// As many as fit.
    significand: u64,
    /// By which power of ten the number is larger.
    exponent: i32,
    /// Whether some did not fit.
    cut: bool,
}

impl Digits {
    fn push(&mut self, digit: u8, fraction: bool) {
        let next = self.significand.checked_mul(10);
        let next = next.and_then(|next| next.checked_add(u64::from(digit - b'0')));
        match next.filter(|_| !self.cut) {
            Some(next) => {
                self.significand = next;
                self.exponent = self.exponent.saturating_sub(i32::from(fraction));
            }
            None => {
                self.cut = true;
                self.exponent = self.exponent.saturating_add(i32::from(!fraction));
            }
        }
    }
}

/// Texts.
impl Reader<'_> {
    /// The rest of a text, whose quotation mark was read.
    fn string(&mut self) -> Result<String> {
        let mut bytes = Vec::new();
        loop {
            match self.next_byte() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let mut encoded = [0; 4];
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut encoded).as_bytes());
                }
                Some(0..0x20) => {
                    let reason = "control character (\\u0000-\\u001F) found while parsing a string";
                    return Err(self.error(reason));
                }
                Some(byte) => bytes.push(byte),
                None => return Err(self.error("EOF while parsing a string")),
            }
        }
        String::from_utf8(bytes).map_err(|_| self.error("invalid unicode code point"))
    }

    fn escape(&mut self) -> Result<char> {
        Ok(match self.next_byte() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(_) => return Err(self.error("invalid escape")),
            None => return Err(self.error("EOF while parsing a string")),
        })
    }

    /// One character: a unit of UTF-16, or two.
    fn unicode(&mut self) -> Result<char> {
        let high = self.unit()?;
        if !(0xd800..0xdc00).contains(&high) {
            let character = char::from_u32(high);
            return character.ok_or_else(|| self.error("lone leading surrogate in hex escape"));
        }
        if (self.next_byte(), self.next_byte()) != (Some(b'\\'), Some(b'u')) {
            return Err(self.error("unexpected end of hex escape"));
        }
        let low = self.unit()?;
        let low = low.checked_sub(0xdc00).filter(|&low| low < 0x400);
        let character = low.and_then(|low| char::from_u32(0x10000 + ((high - 0xd800) << 10) + low));
        character.ok_or_else(|| self.error("lone leading surrogate in hex escape"))
    }

    fn unit(&mut self) -> Result<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let Some(byte) = self.next_byte() else {
                return Err(self.error("EOF while parsing a string"));
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(self.error("invalid escape"));
            };
            unit = unit << 4 | digit;
        }
        Ok(unit)
    }
}
