//! The world of an on-sale: people before screens, the backend that decides about them, and the network between.
//!
//! ```text
//!            people                          sim                            backend
//!   what the screen says, and      plan, clock, draws, faults,    edge  gateways: limits, timers, peers
//!   what its person does next      network, record of facts,      line  waiting room: places, turns, budgets
//!                                  and one row a session          shop  stations, stock, holds, payment
//!
//!   row:     Page                          Wire                             Books
//!            belief                   the connection                        truth
//!            +-------------------------------+--------------------------------+
//!                                         across
//!            world (one arm a message), exchange (a request's way in), reply (its way out),
//!              admission, checkout, poll, breaking, scaling, operator, finish
//! ```
//!
//! `people`, `edge`, `line` and `shop` are wings: each owns its state, takes what is shared ([`World`] lends it `sim`), and names
//! no other wing. What one does to another is a value that it returns, and `across` carries it there. Each part is read by
//! its module's own documentation.
//!
//! # The wall between truth and belief
//!
//! A session's row has three owners with private fields. What the screen says is read by people alone, what the backend
//! has decided by the backend alone, and both, with a key, by `across`. The compiler holds that; what follows compiles the
//! files of the model themselves. Each side reads its own part, whatever the other one is:
//!
//! ```
//! # #![allow(dead_code)]
//! # use onsale::{engine, protocol};
//! # #[path = "."]
//! # mod model {
//! # mod across { mod key; pub(in crate::model) use key::Key; }
//! # mod sim { pub mod crowd; pub mod wire; }
//! # mod people { pub mod page;
//! // in people:
//! fn screen_of<B>(crowd: &Crowd<Page, B>, session: SessionId) -> Belief {
//!     crowd.page(session).belief()
//! }
//! # use {crate::{model::sim::crowd::Crowd, protocol::{Belief, SessionId}}, page::Page}; }
//! # mod backend { pub mod books;
//! // in the backend:
//! fn truth_of<P>(crowd: &Crowd<P, Books>, session: SessionId) -> Truth {
//!     crowd.books(session).truth()
//! }
//! # use {crate::{model::sim::crowd::Crowd, protocol::{Truth, SessionId}}, books::Books}; }
//! # }
//! # fn main() {}
//! ```
//!
//! People cannot read the truth:
//!
//! ```compile_fail,E0624
//! # #![allow(dead_code)]
//! # use onsale::{engine, protocol};
//! # #[path = "."]
//! # mod model {
//! # mod across { mod key; pub(in crate::model) use key::Key; }
//! # mod sim { pub mod crowd; pub mod wire; }
//! # mod people { pub mod page;
//! // in people:
//! fn truth_of(crowd: &Crowd<Page, Books>, session: SessionId) -> Truth {
//!     crowd.books(session).truth()
//! }
//! # use {crate::{model::{backend::books::Books, sim::crowd::Crowd}, protocol::{Truth, SessionId}}, page::Page}; }
//! # mod backend { pub mod books; }
//! # }
//! # fn main() {}
//! ```
//!
//! nor change it:
//!
//! ```compile_fail,E0624
//! # #![allow(dead_code)]
//! # use onsale::{engine, protocol};
//! # #[path = "."]
//! # mod model {
//! # mod across { mod key; pub(in crate::model) use key::Key; }
//! # mod sim { pub mod crowd; pub mod wire; }
//! # mod people { pub mod page;
//! // in people:
//! fn sell(crowd: &mut Crowd<Page, Books>, session: SessionId) {
//!     crowd.books_mut(session).decide(Truth::Sold);
//! }
//! # use {crate::{model::{backend::books::Books, sim::crowd::Crowd}, protocol::{Truth, SessionId}}, page::Page}; }
//! # mod backend { pub mod books; }
//! # }
//! # fn main() {}
//! ```
//!
//! The backend cannot read a belief:
//!
//! ```compile_fail,E0624
//! # #![allow(dead_code)]
//! # use onsale::{engine, protocol};
//! # #[path = "."]
//! # mod model {
//! # mod across { mod key; pub(in crate::model) use key::Key; }
//! # mod sim { pub mod crowd; pub mod wire; }
//! # mod people { pub mod page; }
//! # mod backend { pub mod books;
//! // in the backend:
//! fn screen_of(crowd: &Crowd<Page, Books>, session: SessionId) -> Belief {
//!     crowd.page(session).belief()
//! }
//! # use {crate::{model::{people::page::Page, sim::crowd::Crowd}, protocol::{Belief, SessionId}}, books::Books}; }
//! # }
//! # fn main() {}
//! ```
//!
//! The key opens both, and a wing may name its type,
//!
//! ```
//! # #![allow(dead_code)]
//! # use onsale::{admission, behavior, discipline, engine, overload, protocol, quantity, scenario};
//! # #[path = "."]
//! # mod model { mod across; mod backend; mod people; mod sim;
//! # mod wing {
//! // in a wing:
//! fn is_silent_failure(page: &Page, books: &Books, key: Key) -> bool {
//!     books.truth_across(key) == Truth::Sold && page.belief_across(key) == Belief::GaveUp
//! }
//! # use crate::model::{across::Key, backend::books::Books, people::page::Page};
//! # use crate::protocol::{Belief, Truth};
//! # } pub use across::world::{Finished, Progress, World}; }
//! # fn main() {}
//! ```
//!
//! but only `across` has one: no wing can make it,
//!
//! ```compile_fail,E0423
//! # #![allow(dead_code)]
//! # use onsale::{admission, behavior, discipline, engine, overload, protocol, quantity, scenario};
//! # #[path = "."]
//! # mod model { mod across; mod backend; mod people; mod sim;
//! # mod wing {
//! // in a wing:
//! fn key() -> Key {
//!     Key(())
//! }
//! # use crate::model::across::Key;
//! # } pub use across::world::{Finished, Progress, World}; }
//! # fn main() {}
//! ```
//!
//! nor take it from where it lies,
//!
//! ```compile_fail,E0603
//! # #![allow(dead_code)]
//! # use onsale::{admission, behavior, discipline, engine, overload, protocol, quantity, scenario};
//! # #[path = "."]
//! # mod model { mod across; mod backend; mod people; mod sim;
//! # mod wing {
//! // in a wing:
//! use crate::model::across::key::KEY;
//! # } pub use across::world::{Finished, Progress, World}; }
//! # fn main() {}
//! ```
//!
//! nor reach another wing through the world:
//!
//! ```compile_fail,E0616
//! # #![allow(dead_code)]
//! # use onsale::{admission, behavior, discipline, engine, overload, protocol, quantity, scenario};
//! # #[path = "."]
//! # mod model { mod across; mod backend; mod people; mod sim;
//! # mod wing {
//! // in a wing:
//! fn sold<O>(world: &World<O>) -> u32 {
//!     world.shop.inventory.sold()
//! }
//! # use crate::model::across::World;
//! # } pub use across::world::{Finished, Progress, World}; }
//! # fn main() {}
//! ```

mod across;
mod backend;
mod people;
mod sim;

pub use across::world::{Finished, Progress, World};
