//! The gateways in front of everything, all alike.

use super::yes;
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The gateways in front of everything, all alike; requests are spread over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Edge {
    /// How many gateways, 1 to 255. Default: 1.
    #[schemars(range(min = 1, max = 255))]
    pub gateways: u8,
    /// Requests in flight through one gateway beyond which it answers 503, 1 or more; null: no limit. Default: null.
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// A gateway waits so long for the answer of a service, then answers 504 while the work goes on; more than 0;
    /// null: for ever. Default: "60s" (nginx `proxy_read_timeout`; AWS API Gateway has 29 s, `CloudFront` 30 s).
    pub upstream_timeout: Option<Span>,
    /// Which replies carry the CORS headers without which a script cannot read a status.
    pub cors: CorsHeaders,
}

impl Default for Edge {
    fn default() -> Edge {
        Edge {
            gateways: 1,
            concurrency: None,
            upstream_timeout: Some(Span::from_secs(60)),
            cors: CorsHeaders::default(),
        }
    }
}

/// Which replies carry CORS headers, by class of status. The default is a site whose services set the headers
/// themselves while errors made at the edge carry none, as with nginx `add_header` without `always`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsHeaders {
    /// 2xx and 3xx carry them. Default: true.
    #[serde(default = "yes")]
    pub success: bool,
    /// 4xx carry them. Default: true.
    #[serde(default = "yes")]
    pub client_error: bool,
    /// 5xx carry them. Default: false: a script sees a 503 or 504 as a network error without a status.
    #[serde(default)]
    pub server_error: bool,
}

impl Default for CorsHeaders {
    fn default() -> CorsHeaders {
        CorsHeaders { success: true, client_error: true, server_error: false }
    }
}
