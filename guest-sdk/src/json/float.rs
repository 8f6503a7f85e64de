//! Numbers with a fraction from their decimal digits.
//!
//! What `str::parse` needs for them is a table of 10 KB. Here the power of five is multiplied up in 128 bits, so all but
//! one in 2^50 are rounded as they should be, and that one is off by one unit in the last place.

/// A number `mantissa * 2^exponent`, whose mantissa has its highest bit set.
#[derive(Clone, Copy)]
struct Wide {
    mantissa: u128,
    exponent: i32,
}

/// A fifth, less than one unit of its last place too small.
const FIFTH: Wide = Wide { mantissa: 0xcccc_cccc_cccc_cccc_cccc_cccc_cccc_cccc, exponent: -130 };

/// The largest power of ten that a number of 64 bits holds exactly.
const EXACT_MAX: u32 = 22;

/// `significand * 10^exponent`; infinite if that is too large.
pub(super) fn from_decimal(significand: u64, exponent: i32) -> f64 {
    if significand == 0 || exponent < -400 {
        return 0.0;
    }
    if exponent > 400 {
        return f64::INFINITY;
    }
    let size = exponent.unsigned_abs();
    if significand <= 1 << 53 && size <= EXACT_MAX {
        let power = (0..size).fold(1.0, |power, _| power * 10.0);
        #[expect(clippy::cast_precision_loss, reason = "it has at most 53 bits")]
        let significand = significand as f64;
        return if exponent < 0 { significand / power } else { significand * power };
    }
    let base = if exponent < 0 { FIFTH } else { Wide::new(5) };
    let Wide { mantissa, exponent: binary } = Wide::new(significand.into()).times(base.power(size));
    Wide { mantissa, exponent: binary + exponent }.round()
}

impl Wide {
    fn new(number: u128) -> Self {
        let zeros = number.leading_zeros();
        Self { mantissa: number << zeros, exponent: -zeros.cast_signed() }
    }

    fn times(self, other: Self) -> Self {
        let high = high_half(self.mantissa, other.mantissa);
        let zeros = high.leading_zeros();
        let exponent = self.exponent + other.exponent + 128 - zeros.cast_signed();
        Self { mantissa: high << zeros, exponent }
    }

    fn power(self, mut size: u32) -> Self {
        let (mut power, mut square) = (Self::new(1), self);
        while size > 0 {
            if size & 1 == 1 {
                power = power.times(square);
            }
            square = square.times(square);
            size >>= 1;
        }
        power
    }

    fn round(self) -> f64 {
        // The lowest numbers have fewer bits.
        let kept = (53.min(self.exponent + 128 + 1074)).max(0).cast_unsigned();
        let cut = 128 - kept;
        let whole = self.mantissa.checked_shr(cut).unwrap_or(0);
        let rest = self.mantissa.checked_shl(kept).unwrap_or(0);
        let half = 1_u128 << 127;
        let up = rest > half || rest == half && whole & 1 == 1;
        let binary = self.exponent + cut.cast_signed();
        if binary < -1074 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "it has at most 54 bits, the last one zero")]
        let whole = (whole + u128::from(up)) as f64;
        if binary > 1023 - 52 { f64::INFINITY } else { whole * power_of_two(binary) }
    }
}

/// The higher 128 bits of a product.
fn high_half(a: u128, b: u128) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let middle = a_high * b_low + ((a_low * b_low) >> 64);
    let (middle, carry) = middle.overflowing_add(a_low * b_high);
    a_high * b_high + (middle >> 64) + (u128::from(carry) << 64)
}

/// From -1074 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    let bits = match exponent {
        -1022.. => u64::from((exponent + 1023).cast_unsigned()) << 52,
        _ => 1 << (exponent + 1074),
    };
    f64::from_bits(bits)
}
