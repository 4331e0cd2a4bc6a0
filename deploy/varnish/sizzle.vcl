# The cache of `sizzle serve` for Varnish 7.1 or later. Varnish speaks no TLS: put hitch, HAProxy or a CDN before it.
#
#   @ORIGIN_HOST@  host of the service
#   @ORIGIN_PORT@  its port
#
#   sed -e 's|@ORIGIN_HOST@|127.0.0.1|g' -e 's|@ORIGIN_PORT@|8080|g' sizzle.vcl > edge.vcl
#   varnishd -f "$PWD/edge.vcl" -a :6081 -s malloc,8g -p feature=+http2
vcl 4.1;

import std;

# Alive, not ready: a service without a live edition still serves reels in flight.
probe alive {
    .url = "/healthz";
    .interval = 2s;
    .timeout = 1s;
    .window = 5;
    .threshold = 3;
    .initial = 3;
}

backend sizzle {
    .host = "@ORIGIN_HOST@";
    .port = "@ORIGIN_PORT@";
    .connect_timeout = 2s;
    .first_byte_timeout = 10s;
    .between_bytes_timeout = 5s;
    .probe = alive;
}

sub vcl_recv {
    # Ours alone: a client must not set them.
    unset req.http.X-Cache;
    unset req.http.X-Media;
    # Replaced, not appended to. With TLS before Varnish, listen with PROXY, so that client.ip is the viewer's.
    set req.http.X-Forwarded-For = client.ip;

    if (req.method !~ "^(GET|HEAD|POST|OPTIONS)$") {
        return (synth(405));
    }
    # Prometheus asks each instance itself. What is not named here does not exist.
    if (req.url ~ "^/metrics(\?|$)") {
        return (synth(403));
    }
    if (req.url !~ "^/(v1/[^?]*|[a-z]+\.(css|js)|healthz|readyz)?(\?|$)" || req.url ~ "^[^?]*(/\.\.?(/|\?|$)|//|%2[eEfF])") {
        return (synth(404));
    }
    if (req.method == "POST") {
        if (!req.http.Content-Length) {
            return (synth(411));
        }
        # Events come in batches; a request for a reel is small.
        if (std.integer(req.http.Content-Length, 1048577) > 1048576
            || (req.url ~ "^/v1/reels(\?|$)" && std.integer(req.http.Content-Length, 65537) > 65536)) {
            return (synth(413));
        }
        return (pass);
    }

    # A segment, init segment or poster is the same for everybody and for ever. Other spellings of a path are not cached.
    if ((req.method == "GET" || req.method == "HEAD")
        && req.url ~ "^/v1/m/[0-9a-f]{64}(\.mp4|\.jpg|\.[0-9]{1,10}@[0-9]{1,10}(-[0-9]{1,19})?\.m4s)(\?|$)") {
        set req.http.X-Media = "yes";
        unset req.http.Cookie;
        unset req.http.Authorization;
        unset req.http.Accept-Encoding;
        return (hash);
    }
    # Playlists and all else are personal or cheap: each request goes to the service.
    return (pass);
}

# The path is the whole key: no host, no query. The query (CMCD) goes along on a miss and is in the log (varnishncsa).
#
# Nothing more is needed for collapsing: Varnish lets one request for a missing object through, keeps all others for the same
# key waiting, and streams to them as soon as the headers are there.
sub vcl_hash {
    if (req.http.X-Media) {
        hash_data(regsub(req.url, "\?.*$", ""));
        return (lookup);
    }
}

sub vcl_hit {
    set req.http.X-Cache = "hit";
    if (obj.ttl <= 0s) {
        set req.http.X-Cache = "stale";
    }
}

sub vcl_miss {
    set req.http.X-Cache = "miss";
}

sub vcl_pass {
    set req.http.X-Cache = "pass";
}

sub vcl_backend_fetch {
    unset bereq.http.X-Media;
    unset bereq.http.X-Cache;
}

sub vcl_backend_response {
    if (bereq.uncacheable) {
        return (deliver);
    }
    # Kept with the object, it would name the request of another viewer.
    unset beresp.http.X-Request-ID;
    if (beresp.status == 200) {
        # The time to live is the origin's Cache-Control; an origin that is away does not matter for a day more.
        set beresp.grace = 24h;
        return (deliver);
    }
    # A refresh in the background that fails leaves the good copy as it is.
    if (bereq.is_bgfetch) {
        return (abandon);
    }
    # A refusal answers all who wait for it, and is then forgotten. Left to the builtin rules, it would switch collapsing
    # off for this object for two minutes.
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    return (deliver);
}

sub vcl_deliver {
    set resp.http.X-Cache = req.http.X-Cache;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}

# Varnish's own errors have the form of the service's (RFC 9457).
sub vcl_synth {
    set resp.http.Content-Type = "application/problem+json";
    set resp.body = {"{"type":"about:blank","title":""} + resp.reason + {"","status":"} + resp.status + {"}"};
    return (deliver);
}

sub vcl_backend_error {
    if (bereq.is_bgfetch) {
        return (abandon);
    }
    set beresp.http.Content-Type = "application/problem+json";
    set beresp.http.Retry-After = "2";
    set beresp.body = {"{"type":"about:blank","title":"Service Unavailable","status":503}"};
    # As above: one second for all who wait.
    set beresp.ttl = 1s;
    set beresp.grace = 0s;
    return (deliver);
}
