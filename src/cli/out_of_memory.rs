//! Running out of memory ends the command as a full disk does: told, with what to do, and exit code 1. The language
//! itself would abort, which looks like a crash of ours.

use super::failure::exit;
use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;

/// The allocator of the system; what it refuses ends the process.
#[derive(Debug)]
pub struct Allocator;

#[expect(
    unsafe_code,
    reason = "the trait is unsafe: every promise is kept by the system's allocator, which is given the same"
)]
// SAFETY: all calls go to `System` as they come, and what it returns goes back unless it is null.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that `System` asks for.
        given(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that `System` asks for.
        given(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promises are those that `System` asks for, and `block` came from it.
        given(unsafe { System.realloc(block, layout, size) }, size)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are those that `System` asks for, and `block` came from it.
        unsafe { System.dealloc(block, layout) }
    }
}

fn given(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        out_of_memory(size);
    }
    block
}

/// Nothing here asks for memory.
#[cold]
fn out_of_memory(bytes: usize) -> ! {
    let mut stderr = std::io::stderr();
    let _ = writeln!(
        stderr,
        "error: out of memory: the system refused {bytes} bytes more\n  \
         = help: use a machine with more memory, run fewer at once with --jobs, or scale crowd and stock down together\n\
         nothing that was not finished is kept"
    );
    std::process::exit(i32::from(exit::INTERNAL))
}
