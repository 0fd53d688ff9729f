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

// cause says what a reason tells of the device.
type cause uint8

const (
	refused cause = iota // it would refuse the packet at any load: rules, policed rates, packets that no service can read
	queue                // it had no room, in a queue or in a table that holds what passes it: that is what overload does
	limit                // it has come to a limit that is no queue, as when a pool of ports is exhausted
)

// dropReasons has the name, the place and the cause of each reason. A new reason is one constant and one line.
var dropReasons = [DropReasons]struct {
	name, where string
	cause
}{
	DropSpineQueue:      {"spine_queue", "the link between spine and ToR", queue},
	DropTorQueue:        {"tor_queue", "the ToR switch", queue},
	DropServerLinkQueue: {"server_link_queue", "the link between ToR and server", queue},
	DropDSNQueue:        {"dsn_queue", "the DSN's pipeline and traffic manager", queue},
	DropCryptoQueue:     {"crypto_queue", "the crypto complex", queue},
	DropMemoryQueue:     {"memory_queue", "the DSN's off-chip memory channels", queue},
	DropUpcallQueue:     {"upcall_queue", "the cores that decide about new flows: the DSN's own, or the slow path of software", queue},
	DropPCIeQueue:       {"pcie_queue", "the PCIe link and its credits", queue},
	DropNICQueue:        {"nic_queue", "an ordinary NIC", queue},
	DropHostQueue:       {"host_queue", "the host's cores", queue},
	DropApplianceQueue:  {"appliance_queue", "the links between ToR and appliance", queue},
	DropPolicy:          {"policy", "the firewall, whose rules deny them", refused},
	DropNoRoute:         {"no_route", "route, which has no route for them", refused},
	DropParser:          {"parser", "the DSN's parser, whose window their headers are too deep for, or the general core that it hands them to", refused},
	DropSYNCookie:       {"syn_cookie", "the firewall, which answers them itself while too many handshakes are incomplete", refused},
	DropNoSA:            {"no_sa", "ipsec, which has no security association for them, or finds no whole ESP packet", refused},
	DropReplay:          {"replay", "ipsec, whose anti-replay window has seen their sequence number or left it behind", refused},
	DropAuth:            {"auth", "ipsec, which finds that they are not authentic", refused},
	DropTunnel:          {"tunnel", "a tunnel service, for which they are no packets of its tunnel", refused},
	DropPolicer:         {"policer", "a policer, whose rate they exceed", refused},
	DropAttack:          {"attack", "what an attack has stopped, overwritten or taken over", refused},
	DropNATNoPort:       {"nat_no_port", "nat, whose pool has no free port for them, or whose protocol has no ports", limit},
	DropNATNoBinding:    {"nat_no_binding", "nat, which has no binding for what comes from outside", refused},
	DropLBNoBackend:     {"lb_no_backend", "lb, which has no backend that takes them", refused},
	DropSessionTable:    {"session_table", "nat and lb, whose table of sessions is full, or the queue of the learner that fills it", queue},
	DropMalformed:       {"malformed", "the firewall or nat, whose headers contradict themselves or the frame", refused},
	DropECN:             {"ecn", "the end of a tunnel: they met congestion in it, and know no ECN", refused},
	DropFragment:        {"fragment", "the table of fragments: pieces of datagrams whose ports it cannot tell", refused},
}

// IsQueue reports whether the packet found no room.
func (r DropReason) IsQueue() bool { return dropReasons[r].cause == queue }

// CountsAsLoss reports whether a search for the highest throughput without loss counts it (RFC 2544): what the device has no means for, not
// what a service refuses.
func (r DropReason) CountsAsLoss() bool { return dropReasons[r].cause != refused }

// String returns the reason's name as it ends the metric drops.<reason>.
func (r DropReason) String() string {
	if int(r) >= DropReasons {
		return fmt.Sprintf("DropReason(%d)", uint8(r))
	}
	return dropReasons[r].name
}
