# Varnish in front of Playhead. Requests with a cookie or a token pass by its cache.
vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "@server@"; }
@extra@
