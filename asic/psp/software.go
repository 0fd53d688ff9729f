package psp

// SoftwareKeyCycles is what a core of software takes for the key of a packet, beside the cipher. Assumed: AES-256 of one or two blocks
// to derive it (14 rounds of 4 cycles), the round keys of a key that was never used before (about 110), its hash key (45), and seven
// powers of that for GHASH (110), none of which overlap. ipsec keeps the last three with its association. No measurement of software
// that derives PSP keys was found. Sent packets, whose sender could keep all of it, are charged as much.
const SoftwareKeyCycles = 320
