use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Shape {
    Empty,
    One(u32),
    Two(i8, String),
    Named { at: [u16; 2], name: Option<char> },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Sample {
    shape: Shape,
    #[serde(default)]
    flags: BTreeMap<i32, bool>,
    #[serde(default)]
    rest: Option<Box<Self>>,
    unit: (),
}

/// Both readers say the same.
fn check<T: DeserializeOwned + fmt::Debug + PartialEq>(text: &[u8]) {
    let wanted = serde_json::from_slice::<T>(text).map_err(|error| error.to_string());
    let found = read::<T>(text).map_err(|error| error.to_string());
    assert_eq!(found, wanted, "{}", String::from_utf8_lossy(text));
}

const SAMPLES: [&str; 4] = [
    r#" {"shape" : "empty", "unit": null, "flags": {"-7": true, "0": false}, "more": [1, {"a": [[]]}, 1.5]} "#,
    r#"{"shape":{"two":[-128,"a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 \u00c9"]},"unit":null,"rest":null}"#,
    r#"{"unit":null,"rest":{"unit":null,"shape":{"one":4294967295}},"shape":{"named":{"at":[1,65535],"name":"x"}}}"#,
    r#"{"shape":{"empty":null},"unit":null,"flags":{},"rest":{"shape":{"named":{"at":[0,0]}},"unit":null}}"#,
];

#[test]
fn it_reads_what_serde_json_reads() {
    for sample in SAMPLES {
        assert!(read::<Sample>(sample.as_bytes()).is_ok(), "{sample}");
        check::<Sample>(sample.as_bytes());
        check::<Value>(sample.as_bytes());
    }
}

/// Cut off, and with one character replaced, anywhere.
#[test]
fn it_refuses_what_serde_json_refuses() {
    for sample in SAMPLES.map(str::trim_end) {
        for end in 0..sample.len() {
            let text = sample.as_bytes();
            assert!(read::<Sample>(&text[..end]).is_err());
            for replaced in *b"x\",:]}1-. \n\\\xff" {
                let mut text = text.to_vec();
                text[end] = replaced;
                assert_eq!(
                    read::<Value>(&text).ok(),
                    serde_json::from_slice::<Value>(&text).ok(),
                    "{}",
                    String::from_utf8_lossy(&text)
                );
            }
        }
    }
}

#[test]
fn its_errors_are_those_of_serde_json() {
    let texts = [
        "",
        " ",
        "{",
        "[",
        "nul",
        "nulx",
        "{}",
        "[]",
        "7",
        "\"a\"",
        "true",
        "{\"unit\":null}",
        "{\"unit\":null,}",
        "{\"unit\" null}",
        "{unit}",
        "{\"shape\":\"other\"}",
        "{\"shape\":7}",
        "{\"shape\":{\"one\":-1}}",
        "{\"shape\":{\"one\":\"1\"}}",
        "{\"shape\":{\"two\":[1]}}",
        "{\"shape\":{\"two\":[1,\"a\",2]}}",
        "{\"shape\":\"one\"}",
        "{\"shape\":{\"one\":1,}}",
        "{\n \"flags\":\n{\"a\":true}}",
        "{\"flags\":{\"1\":7}}",
        "{\"unit\":null,\"unit\":null}",
        "{\"shape\":{\"named\":{\"at\":[1,2,3]}}}",
        "{\"shape\":{\"named\":{\"at\":[1}}}",
    ];
    for text in texts {
        check::<Sample>(text.as_bytes());
    }
    check::<u8>(b"256");
    check::<u8>(b"01");
    check::<Vec<u8>>(b"[1,]");
    check::<Vec<u8>>(b"[1 2]");
    check::<u64>(b"1e400");
}

#[test]
fn no_text_is_too_deep() {
    for depth in [127, 128, 100_000] {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(read::<Value>(text.as_bytes()).is_ok(), depth == 127);
        check::<Value>(text.as_bytes());
    }
}

#[test]
fn whole_numbers_keep_all_their_digits() {
    let texts = ["0", "-1", "18446744073709551615", "-9223372036854775808", "9007199254740993"];
    for text in texts {
        check::<Value>(text.as_bytes());
    }
    assert_eq!(read::<f64>(b"18446744073709551616").unwrap(), 18_446_744_073_709_551_616.0);
    assert_eq!(read::<f64>(b"-0").unwrap().to_bits(), (-0.0_f64).to_bits());
}

fn parsed(text: &str) -> (u64, u64) {
    let found: f64 = read(text.as_bytes()).unwrap();
    (found.to_bits(), text.parse::<f64>().unwrap().to_bits())
}

#[test]
fn the_ends_of_the_range_are_exact() {
    let texts = [
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "5e-324",
        "4.9406564584124654e-324",
        "2.4e-324",
        "2.5e-324",
        "1e-400",
        "0.1",
        "0.3",
        "1e23",
        "8.5e22",
        "123456789012345678901234567890",
        "2.2250738585072011e-308",
        "0.000000000000000000000000000000000000001",
    ];
    for text in texts {
        let (found, wanted) = parsed(text);
        assert_eq!(found, wanted, "{text}");
    }
    let error = read::<f64>(b"1.8e308").unwrap_err();
    assert_eq!(error.to_string(), "number out of range at line 1 column 7");
}

proptest! {
    #[test]
    fn floats_are_what_they_say(bits: u64) {
        let float = f64::from_bits(bits);
        if float.is_finite() {
            let (found, wanted) = parsed(&format!("{float:e}"));
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn texts_are_what_they_say(text: String) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(read::<String>(json.as_bytes()).unwrap(), text);
    }

    #[test]
    fn no_text_breaks_the_reader(text: Vec<u8>) {
        prop_assert_eq!(read::<Value>(&text).ok(), serde_json::from_slice::<Value>(&text).ok());
    }
}
