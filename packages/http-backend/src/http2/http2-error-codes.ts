// RFC 9113 §7. Node has the same in its module `http2`, which costs 2 MiB of memory: a server of HTTP/1.1 does not load it.
export const NO_ERROR = 0x00;
export const REFUSED_STREAM = 0x07;
export const ENHANCE_YOUR_CALM = 0x0b;
