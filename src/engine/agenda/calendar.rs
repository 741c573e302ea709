//! The entries beyond the open bucket: a ring of near buckets, and piles for what is far.
//!
//! ```text
//!           front                         horizon
//!   opened | near: one pile a bucket ...  | far: pile 0 = the next block, pile i = blocks first differing
//!          | (ring, a bit a bucket says   |      from it in bit i - 1 of their number
//!          |  which are not empty)        |
//! ```
//!
//! A bucket is 2^shift us wide; four blocks of buckets make the ring. As the front moves on, the next block is dealt
//! into the ring, and the far pile whose bit changed is dealt to the piles below it, as in a radix heap: an entry
//! moves at most once for each bit of its distance, however far ahead most of the population waits.

use super::Entry;
use super::chunks::{Chunks, Pile};

/// Blocks in the ring, as a power of two: the horizon moves on by a block at a time.
const RING_BLOCKS_BITS: u32 = 2;
/// Far piles: one for the next block and one for each bit in which a later block can differ.
const FAR_PILES: usize = 42;
/// Fewest buckets, as a power of two: one word of the bitmap.
pub(super) const BUCKET_BITS_MIN: u32 = 6;

/// The form of a calendar: bucket width and number, as powers of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// A bucket is 2^`shift` microseconds wide.
    pub(super) shift: u32,
    /// There are 2^`bucket_bits` buckets in the ring, at least [`BUCKET_BITS_MIN`].
    pub(super) bucket_bits: u32,
}

pub(super) struct Calendar {
    shape: Shape,
    buckets: Vec<Pile>,
    /// One bit a bucket: not empty.
    occupied: Vec<u64>,
    /// Number (time >> shift) of the first bucket not yet opened.
    front: u64,
    /// Number of the first block beyond the ring, whose start is the horizon.
    block: u64,
    far: [Pile; FAR_PILES],
    near_len: usize,
    far_len: usize,
    chunks: Chunks,
}

impl Calendar {
    pub(super) fn new() -> Self {
        Self {
            shape: Shape { shift: 0, bucket_bits: BUCKET_BITS_MIN },
            buckets: Vec::new(),
            occupied: Vec::new(),
            front: 0,
            block: 0,
            far: [Pile::EMPTY; FAR_PILES],
            near_len: 0,
            far_len: 0,
            chunks: Chunks::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.near_len + self.far_len
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Start of the first bucket not yet opened: earlier entries are not the calendar's business.
    pub(super) fn front_us(&self) -> u64 {
        self.front << self.shape.shift
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.chunks.memory_bytes()
            + self.buckets.capacity() * size_of::<Pile>()
            + self.occupied.capacity() * 8
    }

    /// Takes a new shape with the front at `from_us`, and deals the entries anew. All must be at or after it.
    pub(super) fn reshape(&mut self, shape: Shape, from_us: u64) {
        debug_assert!(shape.bucket_bits >= BUCKET_BITS_MIN);
        let buckets = 1 << shape.bucket_bits;
        let old_near = std::mem::replace(&mut self.buckets, vec![Pile::EMPTY; buckets]);
        let old_far = std::mem::replace(&mut self.far, [Pile::EMPTY; FAR_PILES]);
        self.occupied.clear();
        self.occupied.resize(buckets / 64, 0);
        self.occupied.shrink_to(buckets / 64);
        self.shape = shape;
        self.front = from_us >> shape.shift;
        self.block = self.last_block() + 1;
        (self.near_len, self.far_len) = (0, 0);
        for pile in old_near.into_iter().chain(old_far) {
            self.deal(pile);
        }
    }

    /// Empties the calendar into `out` and gives its memory back.
    pub(super) fn drain_into(&mut self, out: &mut Vec<Entry>) {
        for pile in self.buckets.drain(..).chain(std::mem::replace(&mut self.far, [Pile::EMPTY; FAR_PILES])) {
            self.chunks.drain_into(pile, out);
        }
        *self = Self::new();
        self.chunks.reset();
    }

    /// Files an entry, which must not be before the front.
    #[inline]
    pub(super) fn insert(&mut self, entry: Entry) {
        let bucket = entry.at().as_us() >> self.shape.shift;
        debug_assert!(bucket >= self.front);
        let block = bucket >> self.block_bits();
        if block < self.block {
            let slot = bucket as usize & (self.buckets.len() - 1);
            if self.chunks.push(&mut self.buckets[slot], entry) {
                self.occupied[slot / 64] |= 1 << (slot % 64);
            }
            self.near_len += 1;
        } else {
            let pile = u64::BITS - (block ^ self.block).leading_zeros();
            self.chunks.push(&mut self.far[pile as usize], entry);
            self.far_len += 1;
        }
    }

    /// Moves the first bucket that has entries to `out`, unsorted, and the front beyond it; false if there is none.
    pub(super) fn open_next(&mut self, out: &mut Vec<Entry>) -> bool {
        if self.near_len == 0 && !self.jump() {
            return false;
        }
        let slot = self.first_occupied();
        let mask = self.buckets.len() as u64 - 1;
        self.front += ((slot as u64).wrapping_sub(self.front) & mask) + 1;
        let pile = std::mem::replace(&mut self.buckets[slot], Pile::EMPTY);
        self.occupied[slot / 64] &= !(1 << (slot % 64));
        let before = out.len();
        self.chunks.drain_into(pile, out);
        self.near_len -= out.len() - before;
        self.advance_horizon();
        // The next bucket is wanted when this one is used up: its lines have that long to come.
        let rest = self.occupied[slot / 64] & (!0 << (slot % 64));
        if rest != 0 {
            self.chunks.prefetch(self.buckets[slot / 64 * 64 + rest.trailing_zeros() as usize]);
        }
        true
    }

    /// Shows every `stride`-th entry to `see`.
    pub(super) fn sample(&self, stride: usize, see: &mut impl FnMut(Entry)) {
        let mut phase = stride / 2;
        for pile in self.buckets.iter().chain(&self.far) {
            phase = self.chunks.sample(*pile, stride, phase, see);
        }
    }

    fn block_bits(&self) -> u32 {
        self.shape.bucket_bits - RING_BLOCKS_BITS
    }

    /// The last block that fits the ring with the front where it is.
    fn last_block(&self) -> u64 {
        (self.front >> self.block_bits()) + (1 << RING_BLOCKS_BITS) - 1
    }

    /// Slot of the first bucket, from the front on, that is not empty. There must be one.
    fn first_occupied(&self) -> usize {
        let from = self.front as usize & (self.buckets.len() - 1);
        let first = self.occupied[from / 64] & (!0 << (from % 64));
        if first != 0 {
            return from / 64 * 64 + first.trailing_zeros() as usize;
        }
        // Round the ring, ending with the part of the first word that lies before the front.
        let words = self.occupied.len();
        let word = (1..=words).map(|i| (from / 64 + i) & (words - 1)).find(|word| self.occupied[*word] != 0);
        let word = word.expect("a bucket is occupied while near_len is not zero");
        word * 64 + self.occupied[word].trailing_zeros() as usize
    }

    /// Deals the blocks that fit the ring now that the front has moved.
    fn advance_horizon(&mut self) {
        let last = self.last_block();
        while self.block <= last {
            if self.far_len == 0 {
                self.block = last + 1;
                return;
            }
            self.block += 1;
            // Pile 0 was the block that has just become near; then the one that starts at the new horizon.
            self.deal_far(0);
            self.deal_far(self.block.trailing_zeros() as usize + 1);
        }
    }

    /// With nothing near, moves the ring to where the first far entry is; false if there is none.
    fn jump(&mut self) -> bool {
        let Some(pile) = self.far.iter().position(|pile| !pile.is_empty()) else {
            return false;
        };
        let first = self.chunks.min(self.far[pile]).expect("the pile is not empty");
        self.block = first.at().as_us() >> self.shape.shift >> self.block_bits();
        self.front = self.block << self.block_bits();
        self.deal_far(pile);
        self.advance_horizon();
        true
    }

    /// Takes a far pile and files its entries anew.
    fn deal_far(&mut self, pile: usize) {
        let pile = std::mem::replace(&mut self.far[pile], Pile::EMPTY);
        self.far_len -= self.deal(pile);
    }

    /// Files all entries of a pile, and returns how many there were.
    fn deal(&mut self, mut pile: Pile) -> usize {
        let mut dealt = 0;
        while let Some((entries, count)) = self.chunks.pop_chunk(&mut pile) {
            dealt += count;
            for entry in &entries[..count] {
                self.insert(*entry);
            }
        }
        dealt
    }
}
