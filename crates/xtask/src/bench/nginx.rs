//! nginx's two configurations: bare, and doing the same work as the product.

use std::path::Path;

/// Fields that the product adds to every answer.
const ADDED: &str = r#"
    add_header X-Request-Id $request_id always;
    add_header traceresponse "00-$request_id-00f067aa0ba902b7-00" always;
    add_header RateLimit-Policy "\"default\";q=1000000;w=1" always;
    add_header RateLimit "\"default\";r=1000000;t=1" always;
    add_header Server-Timing "bff;dur=0.1, upstream;dur=$upstream_response_time" always;
    add_header Cache-Status "bff; fwd=$upstream_cache_status" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy no-referrer always;
    add_header Cross-Origin-Opener-Policy same-origin always;
    add_header Cross-Origin-Resource-Policy same-origin always;
    add_header Permissions-Policy "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()" always;
    add_header Content-Security-Policy "default-src 'none'; frame-ancestors 'none'; sandbox" always;
    add_header X-Frame-Options DENY always;
"#;

/// Fields that the product sends upstream.
const SENT: &str = r#"
    proxy_set_header X-Request-Id $request_id;
    proxy_set_header traceparent "00-$request_id-00f067aa0ba902b7-00";
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header Via "1.1 bff";
    proxy_set_header Cookie "";
    proxy_set_header Referer "";
    proxy_set_header Sec-Fetch-Site "";
    proxy_set_header Sec-Fetch-Mode "";
    proxy_set_header Sec-Fetch-Dest "";
"#;

/// The product's level, and what it compresses.
const COMPRESSED: &str = "gzip on; gzip_comp_level 3; gzip_proxied any; gzip_types application/json;";

/// A configuration that listens on `port` and keeps its files in `folder`.
pub(super) fn configuration(
    folder: &Path,
    port: u16,
    upstream: &str,
    app: &Path,
    same_work: bool,
    compressed: bool,
) -> String {
    let gzip = if compressed { COMPRESSED } else { "" };
    let folder = folder.display();
    let (log, limit, sent, added) = if same_work {
        (
            // A buffered log, as nginx under load has it.
            format!(
                "log_format access '$time_iso8601 INFO [API] $request_method $uri $status ${{request_time}}ms $request_id';\n  \
                 access_log {folder}/access.log access buffer=64k flush=1s;"
            ),
            "limit_req_zone $binary_remote_addr zone=callers:10m rate=1000000r/s;\n  limit_req zone=callers burst=1000000 nodelay;",
            SENT,
            ADDED,
        )
    } else {
        ("access_log off;".to_owned(), "", "", "")
    };
    format!(
        r#"daemon off;
user root;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 19000; }}
http {{
  include /etc/nginx/mime.types;
  sendfile on;
  tcp_nopush on;
  proxy_max_temp_file_size 0;
  {log}
  {limit}
  {gzip}
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=answers:10m;
  upstream api {{ server {upstream}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    {sent}
    {added}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    location /api/server/ {{ proxy_pass http://api/; }}
    location /api/server/cached {{ proxy_pass http://api/cached; proxy_cache answers; }}
    location / {{ root {app}; index index.html; gzip_static on; }}
  }}
}}
"#,
        app = app.display()
    )
}
