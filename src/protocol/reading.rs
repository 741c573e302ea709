//! What a client can read of an answer: a function of who made it, its class of status, and how it was asked for.

use super::{Emitter, Reply};

/// Status classes by which CORS headers are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusClass {
    /// 2xx and 3xx.
    Success,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
}

/// How a client asks: what it may read of the reply depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The browser itself asks, and shows whatever comes: a navigation.
    Navigation,
    /// A script asks, and reads a status only where the reply carries CORS headers.
    Fetch,
}

/// Which status classes carry CORS headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorsClasses {
    /// 2xx and 3xx carry them.
    pub success: bool,
    /// 4xx carry them.
    pub client_error: bool,
    /// 5xx carry them.
    pub server_error: bool,
}

/// Which replies carry CORS headers on their way out, by who makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cors {
    /// A gateway's own.
    pub gateway: CorsClasses,
    /// The waiting room's.
    pub waiting_room: CorsClasses,
    /// A service's, and the shop's for its payment provider.
    pub service: CorsClasses,
}

impl Cors {
    /// Does this emitter's reply of this class carry the headers?
    pub const fn covers(self, emitter: Emitter, class: StatusClass) -> bool {
        let covered = match emitter {
            Emitter::Gateway => self.gateway,
            Emitter::WaitingRoom => self.waiting_room,
            Emitter::Service | Emitter::Payment => self.service,
        };
        match class {
            StatusClass::Success => covered.success,
            StatusClass::ClientError => covered.client_error,
            StatusClass::ServerError => covered.server_error,
        }
    }

    /// What a client makes of a reply: a navigation shows any status, a script sees the status only with
    /// CORS headers and otherwise a generic network error. A connection without a reply shows neither.
    pub const fn read(self, mode: Mode, emitter: Emitter, reply: Reply) -> Reading {
        let shown = matches!(mode, Mode::Navigation) || self.covers(emitter, reply.class());
        if reply.has_status() && shown { Reading::Answer(reply) } else { Reading::Opaque(reply) }
    }
}

/// What a client could read of a delivered reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The reply, as it was meant.
    Answer(Reply),
    /// A generic network error. The reply behind it is kept for the record; the client cannot see it.
    Opaque(Reply),
}

impl Reading {
    /// Its number in fingerprints.
    #[inline]
    pub(super) const fn code(self) -> u64 {
        match self {
            Reading::Answer(reply) => reply as u64,
            Reading::Opaque(reply) => 256 | reply as u64,
        }
    }

    /// The reply behind the reading, seen or not.
    pub const fn reply(self) -> Reply {
        match self {
            Reading::Answer(reply) | Reading::Opaque(reply) => reply,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NGINX_WITHOUT_ALWAYS: CorsClasses =
        CorsClasses { success: true, client_error: false, server_error: false };
    const NGINX_ALWAYS: CorsClasses = CorsClasses { success: true, client_error: true, server_error: true };

    fn cors(gateway: CorsClasses) -> Cors {
        Cors { gateway, waiting_room: NGINX_ALWAYS, service: NGINX_WITHOUT_ALWAYS }
    }

    /// Replies of every status that was measured: 200, 429, 502, 503, 504.
    const MEASURED: [Reply; 5] =
        [Reply::Page, Reply::RateLimited, Reply::BadGateway, Reply::GatewayBusy, Reply::UpstreamTimeout];

    #[test]
    fn without_always_a_script_reads_success_alone() {
        for reply in MEASURED {
            let reading = cors(NGINX_WITHOUT_ALWAYS).read(Mode::Fetch, Emitter::Gateway, reply);
            let expected = if reply == Reply::Page { Reading::Answer(reply) } else { Reading::Opaque(reply) };
            assert_eq!(reading, expected);
        }
    }

    #[test]
    fn with_always_a_script_reads_every_status() {
        for reply in MEASURED {
            let reading = cors(NGINX_ALWAYS).read(Mode::Fetch, Emitter::Gateway, reply);
            assert_eq!(reading, Reading::Answer(reply));
        }
    }

    #[test]
    fn a_navigation_reads_every_status_whatever_the_headers() {
        for reply in MEASURED {
            let reading = cors(NGINX_WITHOUT_ALWAYS).read(Mode::Navigation, Emitter::Gateway, reply);
            assert_eq!(reading, Reading::Answer(reply));
        }
    }

    #[test]
    fn a_cut_connection_is_unreadable_whatever_the_headers_and_the_way_of_asking() {
        for mode in [Mode::Navigation, Mode::Fetch] {
            let reading = cors(NGINX_ALWAYS).read(mode, Emitter::Gateway, Reply::ConnectionClosed);
            assert_eq!(reading, Reading::Opaque(Reply::ConnectionClosed));
        }
    }

    #[test]
    fn the_same_status_is_readable_from_one_emitter_and_opaque_from_another() {
        let cors = cors(NGINX_WITHOUT_ALWAYS);
        let by = |emitter| cors.read(Mode::Fetch, emitter, Reply::SalePaused);
        assert_eq!(by(Emitter::WaitingRoom), Reading::Answer(Reply::SalePaused));
        assert_eq!(by(Emitter::Service), Reading::Opaque(Reply::SalePaused));
    }
}
