// Package tunnel puts packets into the tunnels of a chain and takes them out again, byte by byte: the overlays VXLAN
// (RFC 7348), Geneve (RFC 8926) with in-band telemetry in an option, and GRE (RFC 2784, RFC 2890); around them ESP in
// tunnel mode with AES-GCM (RFC 4303, RFC 4106); and ERSPAN for mirrored frames. All are over IPv4.
//
// The model needs sizes only, which come from here too; the bytes are for captures that leave the tool or come into it.
// Lengths are in bytes, frames and packets without a frame check sequence unless they say so, numbers in host byte
// order.
package tunnel
