package stats

import "fmt"

// DropReason says where a packet was lost: every drop has one, and the list is closed.
type DropReason uint8

// The reasons, in the order in which a packet from the spine meets them; those that the services decide come last.
const (
	DropSpineQueue DropReason = iota
	DropTorQueue
	DropServerLinkQueue
	DropDSNQueue
	DropCryptoQueue
	DropMemoryQueue
	DropUpcallQueue
	DropPCIeQueue
	DropNICQueue
	DropHostQueue
	DropApplianceQueue
	DropPolicy
	DropNoRoute
	DropParser
	DropSYNCookie
	DropNoSA
	DropReplay
	DropAuth
	DropTunnel
	DropPolicer
	DropAttack
	DropNATNoPort
	DropNATNoBinding
	DropLBNoBackend
	DropSessionTable
	DropMalformed
	DropFragment
	DropECN

	// DropReasons is how many there are, for arrays by reason.
	DropReasons = iota
)

// dropReasons has the name and the place of each reason. A new reason is one constant and one line.
var dropReasons = [DropReasons]struct{ name, where string }{
	DropSpineQueue:      {"spine_queue", "the link between spine and ToR"},
	DropTorQueue:        {"tor_queue", "the ToR switch"},
	DropServerLinkQueue: {"server_link_queue", "the link between ToR and server"},
	DropDSNQueue:        {"dsn_queue", "the DSN's pipeline and traffic manager"},
	DropCryptoQueue:     {"crypto_queue", "the crypto complex"},
	DropMemoryQueue:     {"memory_queue", "the DSN's off-chip memory channels"},
	DropUpcallQueue:     {"upcall_queue", "the cores that decide about new flows: the DSN's own, or the slow path of software"},
	DropPCIeQueue:       {"pcie_queue", "the PCIe link and its credits"},
	DropNICQueue:        {"nic_queue", "an ordinary NIC"},
	DropHostQueue:       {"host_queue", "the host's cores"},
	DropApplianceQueue:  {"appliance_queue", "the links between ToR and appliance"},
	DropPolicy:          {"policy", "the firewall, whose rules deny them"},
	DropNoRoute:         {"no_route", "route, which has no route for them"},
	DropParser:          {"parser", "the DSN's parser, whose window their headers are too deep for, or the general core that it hands them to"},
	DropSYNCookie:       {"syn_cookie", "the firewall, which answers them itself while too many handshakes are incomplete"},
	DropNoSA:            {"no_sa", "ipsec, which has no security association for them, or finds no whole ESP packet"},
	DropReplay:          {"replay", "ipsec, whose anti-replay window has seen their sequence number or left it behind"},
	DropAuth:            {"auth", "ipsec, which finds that they are not authentic"},
	DropTunnel:          {"tunnel", "a tunnel service, for which they are no packets of its tunnel"},
	DropPolicer:         {"policer", "a policer, whose rate they exceed"},
	DropAttack:          {"attack", "what an attack has stopped, overwritten or taken over"},
	DropNATNoPort:       {"nat_no_port", "nat, whose pool has no free port for them, or whose protocol has no ports"},
	DropNATNoBinding:    {"nat_no_binding", "nat, which has no binding for what comes from outside"},
	DropLBNoBackend:     {"lb_no_backend", "lb, which has no backend that takes them"},
	DropSessionTable:    {"session_table", "nat and lb, whose table of sessions is full, or the queue of the learner that fills it"},
	DropMalformed:       {"malformed", "the firewall or nat, whose headers contradict themselves or the frame"},
	DropECN:             {"ecn", "the end of a tunnel: they met congestion in it, and know no ECN"},
	DropFragment:        {"fragment", "the table of fragments: pieces of datagrams whose ports it cannot tell"},
}

// IsQueue reports whether the packet found no room in a queue, or in a table that holds what passes it: that is what overload does. Rules,
// rates that are policed and packets that no service can read are not.
func (r DropReason) IsQueue() bool { return r <= DropApplianceQueue || r == DropSessionTable }

// String returns the reason's name as it ends the metric drops.<reason>.
func (r DropReason) String() string {
	if int(r) >= DropReasons {
		return fmt.Sprintf("DropReason(%d)", uint8(r))
	}
	return dropReasons[r].name
}
