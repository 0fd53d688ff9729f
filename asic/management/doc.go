// Package management says who may do what to a DSN: principals, the resources that an attacker is after, and the ways
// between them, which exist because of where the DSN is and how it is managed. Nothing is looked up in a table of
// answers: a Domain is a small graph made from a Setup, and what a principal can reach is found by walking it. A way
// that goes through PCIe ends at the PCIe firewall, whose windows decide about each access.
//
//	kernel -> host memory -> software DSN, its policy, keys, memory      where the DSN is software on the host
//	kernel -> PF -> chip -> policy, windows, keys, memory, functions     where the DSN is a card in the server
//	VM n -> VF n -> chip -> the same
//	... chip -> key store -> keys                                        where package keystore gives them to nobody outside
//	manager -> management port -> policy, windows, keys, memory          everywhere; with a credential
//	kernel, VM -> network -> management port                             in band; nobody else has the credential
//	outsider -> ports of the DSN -> connections                          everywhere, as packets
package management
