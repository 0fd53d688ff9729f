// Package tunnel puts packets into the tunnels of a chain and takes them out again, byte by byte: VXLAN (RFC 7348) and
// ESP in tunnel mode with AES-GCM (RFC 4303, RFC 4106), both over IPv4.
//
// The model needs sizes only; the bytes are for captures that leave the tool. Lengths are in bytes, frames and packets
// without a frame check sequence, numbers in host byte order.
package tunnel
