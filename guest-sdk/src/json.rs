//! Reads JSON, as serde asks for it.
//!
//! serde_json would do, but what it prints in errors and its tables for numbers and escapes are 9 KB of constants, which
//! every instance of every actor would hold: two pages of the four that a small actor has. This reads the same texts, and
//! says the same of what is wrong with them; but whole numbers have at most 64 bits, and where a value is of the wrong
//! type, a number with a fraction is not printed, and a string is printed as it is.

mod float;
mod reader;

use core::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use self::reader::{Reader, Token};

/// The value that a text holds, all of it.
///
/// # Errors
///
/// If the text is not JSON, or holds something else.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, Error> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(&mut reader)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error_ahead("trailing characters")),
    }
}

/// Why a text could not be read, and where.
#[derive(Debug)]
pub(crate) struct Error {
    reason: String,
    /// Line and column, counted from 1; none until the list or object is read to its end that it is about.
    position: Option<(usize, usize)>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match self.position {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self { reason: reason.to_string(), position: None }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("invalid type: {}, expected {expected}", Found(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::custom(format_args!("invalid value: {}, expected {expected}", Found(found)))
    }
}

/// What was found. Serde prints it too, with tables for numbers and characters.
struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Bool(value) => write!(f, "boolean `{value}`"),
            Unexpected::Unsigned(value) => write!(f, "integer `{value}`"),
            Unexpected::Signed(value) => write!(f, "integer `{value}`"),
            Unexpected::Char(value) => write!(f, "character `{value}`"),
            Unexpected::Str(value) => write!(f, "string \"{value}\""),
            Unexpected::Other(value) => f.write_str(value),
            Unexpected::Float(_) => f.write_str("floating point number"),
            Unexpected::Bytes(_) => f.write_str("byte array"),
            Unexpected::Unit => f.write_str("null"),
            Unexpected::Option => f.write_str("Option value"),
            Unexpected::NewtypeStruct => f.write_str("newtype struct"),
            Unexpected::Seq => f.write_str("sequence"),
            Unexpected::Map => f.write_str("map"),
            Unexpected::Enum => f.write_str("enum"),
            Unexpected::UnitVariant => f.write_str("unit variant"),
            Unexpected::NewtypeVariant => f.write_str("newtype variant"),
            Unexpected::TupleVariant => f.write_str("tuple variant"),
            Unexpected::StructVariant => f.write_str("struct variant"),
        }
    }
}

type Result<T, E = Error> = core::result::Result<T, E>;

impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let result = match self.token()? {
            Token::Null => visitor.visit_unit(),
            Token::Bool(value) => visitor.visit_bool(value),
            Token::Unsigned(value) => visitor.visit_u64(value),
            Token::Signed(value) => visitor.visit_i64(value),
            Token::Float(value) => visitor.visit_f64(value),
            Token::Text(value) => visitor.visit_string(value),
            Token::List => self.nested(|reader| {
                let list = visitor.visit_seq(Items { reader, first: true });
                let end = reader.end_list();
                list.and_then(|list| end.map(|()| list))
            }),
            Token::Object => self.nested(|reader| {
                let object = visitor.visit_map(Items { reader, first: true });
                let end = reader.end_object();
                object.and_then(|object| end.map(|()| object))
            }),
        };
        self.located(result)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.peek() == Some(b'n') {
            self.word("null", Token::Null)?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.peek() {
            Some(b'"') => visitor.visit_enum(Name(self)),
            Some(b'{') => self.nested(|reader| {
                reader.place += 1;
                let value = visitor.visit_enum(Variant(reader))?;
                match reader.peek() {
                    Some(b'}') => {
                        reader.place += 1;
                        Ok(value)
                    }
                    Some(_) => Err(reader.error("expected value")),
                    None => Err(reader.error("EOF while parsing an object")),
                }
            }),
            Some(_) => Err(self.error_ahead("expected value")),
            None => Err(self.error_ahead("EOF while parsing a value")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// The items of a list or of an object.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    first: bool,
}

impl Items<'_, '_> {
    /// Goes to the next item, behind a comma if need be; whether there is one.
    fn advance(&mut self, end: u8, eof: &str, expected: &str) -> Result<bool> {
        match self.reader.peek() {
            Some(byte) if byte == end => return Ok(false),
            Some(b',') if !self.first => {
                self.reader.place += 1;
                match self.reader.peek() {
                    Some(byte) if byte == end => {
                        return Err(self.reader.error_ahead("trailing comma"));
                    }
                    Some(_) => {}
                    None => return Err(self.reader.error_ahead("EOF while parsing a value")),
                }
            }
            Some(_) if self.first => {}
            Some(_) => return Err(self.reader.error_ahead(expected)),
            None => return Err(self.reader.error_ahead(eof)),
        }
        self.first = false;
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.advance(b']', "EOF while parsing a list", "expected `,` or `]`")? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.advance(b'}', "EOF while parsing an object", "expected `,` or `}`")? {
            return Ok(None);
        }
        if self.reader.byte() != Some(b'"') {
            return Err(self.reader.error_ahead("key must be a string"));
        }
        seed.deserialize(Key(self.reader)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        self.reader.colon()?;
        seed.deserialize(&mut *self.reader)
    }
}

/// The key of an object: a text, which may hold a number or a boolean.
struct Key<'r, 'a>(&'r mut Reader<'a>);

macro_rules! numbers {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                self.0.place += 1;
                if !matches!(self.0.byte(), Some(b'-' | b'0'..=b'9')) {
                    let reason = "invalid value: expected key to be a number in quotes";
                    return Err(self.0.error(reason));
                }
                self.quoted(visitor)
            }
        )*
    };
}

impl Key<'_, '_> {
    /// What stands between quotation marks, of which the first was read.
    fn quoted<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let value = self.0.deserialize_any(visitor)?;
        match self.0.byte() {
            Some(b'"') => {
                self.0.place += 1;
                Ok(value)
            }
            _ => Err(self.0.error_ahead("expected `\"`")),
        }
    }
}

impl<'de> Deserializer<'de> for Key<'_, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.deserialize_any(visitor)
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.text.get(self.0.place + 1) {
            Some(b't' | b'f') => {
                self.0.place += 1;
                self.quoted(visitor)
            }
            // A text, for the visitor to refuse.
            _ => self.0.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant without content: its name.
struct Name<'r, 'a>(&'r mut Reader<'a>);

impl<'de> EnumAccess<'de> for Name<'_, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        Ok((seed.deserialize(&mut *self.0)?, self))
    }
}

impl<'de> VariantAccess<'de> for Name<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &"newtype variant"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &"tuple variant"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value> {
        Err(de::Error::invalid_type(Unexpected::UnitVariant, &"struct variant"))
    }
}

/// A variant with content: an object with its name for the only key.
struct Variant<'r, 'a>(&'r mut Reader<'a>);

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let name = seed.deserialize(&mut *self.0)?;
        self.0.colon()?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<()> {
        de::Deserialize::deserialize(self.0)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.0.deserialize_any(visitor)
    }
}

#[cfg(test)]
mod tests;
