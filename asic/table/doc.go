// Package table holds the lookup tables of the DSN's pipeline: Exact, FlowTable and Ternary. They answer with real
// lookups on real header fields; how long a lookup takes, and in which stage a table sits, is decided elsewhere. Routes are in
// gaissmai/bart, which package policy uses.
//
// State is flat: slices of scalars, a handful per table or VRF and none per entry, so that tens of millions of
// entries cost the garbage collector nothing. A full table is an answer (an Outcome), not a panic and not an error.
// Equal calls in equal order give equal tables: hashes are seeded by the spec, and nothing depends on map order,
// on the wall clock or on a global random source.
//
// The structures are those that were fastest to load at the sizes that the project needs while staying simple; each
// type's comment says what it was measured against. The memory that the hardware would need for the same tables is
// computed in expand.go, by pure functions that the stage allocator calls.
//
// Tables are not safe for concurrent use. The Match and Lookup methods of Ternary only read, so those may run concurrently
// as long as nothing is changed.
package table
