//! Unordered piles of entries in 512-byte chunks of one arena.
//!
//! A pile is a chain of chunks of which only the head may be part full: its two numbers are all that a push has to
//! look at, and an array of piles stays in the processor's cache while the entries do not. Chunks return to a free
//! list, so in steady state nothing is allocated.

use super::Entry;
use crate::engine::prefetch::prefetch_read;

/// Entries in a chunk: 32 of 16 bytes are 512 bytes, eight cache lines.
const CHUNK: u32 = 32;
/// No chunk: end of a chain.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy)]
#[repr(align(64))]
struct Chunk([Entry; CHUNK as usize]);

/// A pile: the first chunk of its chain and how many entries that one holds.
#[derive(Clone, Copy)]
pub(super) struct Pile {
    chunk: u32,
    fill: u32,
}

impl Pile {
    /// A pile of nothing: as if its head were full, so that the next push takes a chunk.
    pub(super) const EMPTY: Self = Self { chunk: NONE, fill: CHUNK };

    pub(super) fn is_empty(self) -> bool {
        self.chunk == NONE
    }
}

/// The arena: all chunks, and for each the next of its chain (of a pile, or of the free ones).
pub(super) struct Chunks {
    arena: Vec<Chunk>,
    next: Vec<u32>,
    free: u32,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self { arena: Vec::new(), next: Vec::new(), free: NONE }
    }

    /// Puts an entry on a pile; true if the pile was empty.
    #[inline]
    pub(super) fn push(&mut self, pile: &mut Pile, entry: Entry) -> bool {
        let mut first = false;
        if pile.fill == CHUNK {
            first = pile.chunk == NONE;
            let chunk = self.take();
            self.next[chunk as usize] = pile.chunk;
            *pile = Pile { chunk, fill: 0 };
        }
        self.arena[pile.chunk as usize].0[(pile.fill % CHUNK) as usize] = entry;
        pile.fill += 1;
        first
    }

    /// Moves a whole pile to the end of `out`.
    pub(super) fn drain_into(&mut self, pile: Pile, out: &mut Vec<Entry>) {
        let Pile { mut chunk, mut fill } = pile;
        while chunk != NONE {
            out.extend_from_slice(&self.arena[chunk as usize].0[..fill as usize]);
            chunk = self.release(chunk);
            fill = CHUNK;
        }
    }

    /// Takes the head chunk off a pile: its entries and their number, or `None` when the pile is empty.
    pub(super) fn pop_chunk(&mut self, pile: &mut Pile) -> Option<([Entry; CHUNK as usize], usize)> {
        if pile.is_empty() {
            return None;
        }
        let taken = (self.arena[pile.chunk as usize].0, pile.fill as usize);
        let next = self.release(pile.chunk);
        *pile = Pile { chunk: next, fill: CHUNK };
        Some(taken)
    }

    /// Shows every `stride`-th entry of a pile to `see`; `phase` is how many to skip first, and what is returned is
    /// the phase for the next pile.
    pub(super) fn sample(
        &self, pile: Pile, stride: usize, mut phase: usize, see: &mut impl FnMut(Entry),
    ) -> usize {
        let Pile { mut chunk, fill } = pile;
        let mut fill = fill as usize;
        while chunk != NONE {
            while phase < fill {
                see(self.arena[chunk as usize].0[phase]);
                phase += stride;
            }
            phase -= fill;
            chunk = self.next[chunk as usize];
            fill = CHUNK as usize;
        }
        phase
    }

    /// The smallest entry of a pile.
    pub(super) fn min(&self, pile: Pile) -> Option<Entry> {
        let mut min: Option<Entry> = None;
        self.sample(pile, 1, 0, &mut |entry| {
            min = Some(min.map_or(entry, |m| m.min(entry)));
        });
        min
    }

    /// Asks the processor for the first chunks of a pile that is wanted soon.
    pub(super) fn prefetch(&self, pile: Pile) {
        let mut chunk = pile.chunk;
        for _ in 0..4 {
            let Some(lines) = self.arena.get(chunk as usize) else {
                return;
            };
            for line in 0..8 {
                prefetch_read(&lines.0, 4 * line);
            }
            chunk = self.next[chunk as usize];
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.arena.capacity() * size_of::<Chunk>() + self.next.capacity() * size_of::<u32>()
    }

    /// Forgets every chunk and gives the memory back; all piles must be empty or forgotten too.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }

    #[inline]
    fn take(&mut self) -> u32 {
        if self.free == NONE {
            return self.grow();
        }
        let chunk = self.free;
        self.free = self.next[chunk as usize];
        chunk
    }

    #[cold]
    fn grow(&mut self) -> u32 {
        if self.arena.len() == self.arena.capacity() {
            // By an eighth, not double: at 14 million entries doubling would hold a hundred megabytes idle.
            let more = (self.arena.len() / 8).max(64);
            self.arena.reserve_exact(more);
            self.next.reserve_exact(more);
        }
        let chunk = u32::try_from(self.arena.len()).expect("fewer than 2^32 chunks: 2 TiB");
        assert!(chunk != NONE, "fewer than 2^32 chunks: 2 TiB");
        self.arena.push(Chunk([Entry::ZERO; CHUNK as usize]));
        self.next.push(NONE);
        chunk
    }

    /// Puts a chunk on the free list and returns the next of its chain.
    #[inline]
    fn release(&mut self, chunk: u32) -> u32 {
        let next = std::mem::replace(&mut self.next[chunk as usize], self.free);
        self.free = chunk;
        next
    }
}
