//! Names of headers: which belong to others, and which may stand in a request once only.

const FORWARDED: &str = "it would tell the receiver's proxy that the request is somebody else's.";

/// Who owns a name that a feed cannot set.
pub(super) fn owner(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    Some(match name.as_str() {
        "host" => "it follows from the feed's URL.",
        "content-type" => "it follows from the feed's format.",
        "content-length" | "content-encoding" | "transfer-encoding" => {
            "it follows from the body that is sent."
        }
        "connection" | "keep-alive" | "te" | "trailer" | "upgrade" | "expect"
        | "http2-settings" => "it belongs to the connection, not to the request (hop by hop).",
        "user-agent" => "it names Hookyard and its version.",
        "forwarded"
        | "via"
        | "x-real-ip"
        | "x-client-ip"
        | "x-cluster-client-ip"
        | "true-client-ip"
        | "cf-connecting-ip" => FORWARDED,
        _ if name.starts_with("x-forwarded-") || name.starts_with("x-original-") => FORWARDED,
        _ if name.starts_with("webhook-") => "it belongs to the signature (Standard Webhooks).",
        _ if name.starts_with("hookyard-") => "it tells the receiver about the delivery.",
        _ if name.starts_with("proxy-") => "it belongs to a proxy, and Hookyard uses none.",
        _ if name.starts_with("sec-") => "only browsers set it.",
        _ => return None,
    })
}

/// Names of requests that HTTP does not define as lists.
pub(super) fn is_single(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "authorization",
        "content-location",
        "content-range",
        "cookie",
        "date",
        "from",
        "if-modified-since",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "origin",
        "range",
        "referer",
    ];
    NAMES.iter().any(|single| name.eq_ignore_ascii_case(single))
}
