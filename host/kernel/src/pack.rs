//! Choices as digits of numbers in a mixed base (Knuth, "The Art of Computer Programming", volume 2, section 4.1).

use alloc::vec::Vec;

/// Bytes of one number.
const NUMBER: usize = size_of::<u128>();

/// Packs answers and bounds; those with a single answer take no room. [`Trace::pack`](crate::Trace::pack) draws the
/// format.
pub(crate) fn pack(choices: impl Iterator<Item = (u32, u32)>) -> Vec<u8> {
    let (mut count, mut numbers) = (0_u32, Vec::new());
    let (mut number, mut base) = (0_u128, 1_u128);
    for (taken, bound) in choices.filter(|(_, bound)| *bound > 1) {
        count = count.saturating_add(1);
        let (taken, bound) = (u128::from(taken), u128::from(bound));
        if let Some(next) = base.checked_mul(bound) {
            number += taken * base;
            base = next;
        } else {
            numbers.extend(number.to_le_bytes());
            (number, base) = (taken, bound);
        }
    }
    numbers.extend(number.to_le_bytes());
    let end = numbers.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let mut packed = Vec::new();
    while count >= 0x80 {
        packed.extend((count & 0x7f | 0x80).to_le_bytes().first());
        count >>= 7;
    }
    packed.extend(count.to_le_bytes().first());
    packed.extend(&numbers[..end]);
    packed
}

/// Where a reader of packed choices is. The bounds must be those of the writer; what is missing reads as zero.
#[derive(Clone, Debug)]
pub(crate) struct Digits {
    left: u32,
    /// Where the next number begins.
    next: usize,
    number: u128,
    base: u128,
}

impl Digits {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let (mut left, mut next, mut shift) = (0_u32, 0, 0);
        while let Some(&byte) = bytes.get(next) {
            next += 1;
            left |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut digits = Self { left, next, number: 0, base: 1 };
        digits.next_number(bytes);
        digits
    }

    fn next_number(&mut self, bytes: &[u8]) {
        let rest = bytes.get(self.next..).unwrap_or_default();
        let mut number = [0; NUMBER];
        number.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        (self.number, self.base) = (u128::from_le_bytes(number), 1);
        self.next = self.next.saturating_add(NUMBER);
    }

    /// The next answer to a question that has several, which is below this bound.
    pub(crate) fn next(&mut self, bytes: &[u8], bound: u32) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let bound = u128::from(bound);
        self.base = self.base.checked_mul(bound).unwrap_or_else(|| {
            self.next_number(bytes);
            bound
        });
        let digit = self.number % bound;
        self.number /= bound;
        u32::try_from(digit).ok()
    }
}
