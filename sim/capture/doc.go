// Package capture reads and writes packet captures: pcap and pcapng, of microseconds or nanoseconds, in either byte
// order, packed with gzip, zstd or xz or not at all. Records of
// other link layers that carry IP get an Ethernet header.
//
// A capture is a file from outside, so nothing in it is believed. It is the only package that imports gopacket,
// whose last version (1.1.19, 2020) allocates what a file asks for and panics on some that are damaged. Every record
// is therefore checked here before gopacket sees it, and a panic that got past the checks becomes an error.
package capture
