// Package keystore is where the keys of security associations are, and who may do what with them. On a chip it is like a
// hardware security module: keys go in and are used, and nothing gets them out. In software keys lie in host memory, where
// whoever owns the host reads them.
package keystore

// Requester is who asks, as the hardware knows it: by the bus that the request comes over, never by what the request says.
type Requester uint8

// The requesters.
const (
	Host              Requester = iota // the server's CPU, through BARs of the chip or as the owner of the memory
	NetworkManagement                  // the operator's management, through the network port
	CryptoCore                         // the core that ciphers packets, on the chip or in the software DSN
	requesters
)

// Operation is the kind of request.
type Operation uint8

// The operations.
const (
	Install Operation = iota // put a key in
	Replace                  // put another in its place
	Delete                   // wipe it
	Use                      // cipher with it
	Read                     // get its bytes
	operations
)

// Home is where keys are and who manages them.
type Home uint8

// The homes.
const (
	// ChipManagedByNetwork is a chip whose management the host cannot reach.
	ChipManagedByNetwork Home = iota
	// ChipManagedByHost is a chip that a driver on the host manages: it may put keys in, replace and delete them. What was
	// put in cannot be read even so.
	ChipManagedByHost
	// HostMemory is a DSN in software: its keys are bytes in memory that the host owns.
	HostMemory
	homes
)

// set is a set of requesters.
type set uint8

func of(list ...Requester) (s set) {
	for _, r := range list {
		s |= 1 << r
	}
	return s
}

// allowed says who may do what. No chip lets anyone read. In host memory the host may do everything, and the cores that
// cipher run on it; management has no way to the bytes but through what it put in.
var allowed = [homes][operations]set{
	ChipManagedByNetwork: {Install: of(NetworkManagement), Replace: of(NetworkManagement), Delete: of(NetworkManagement),
		Use: of(CryptoCore)},
	ChipManagedByHost: {Install: of(NetworkManagement, Host), Replace: of(NetworkManagement, Host),
		Delete: of(NetworkManagement, Host), Use: of(CryptoCore)},
	HostMemory: {Install: of(NetworkManagement, Host), Replace: of(NetworkManagement, Host),
		Delete: of(NetworkManagement, Host), Use: of(CryptoCore, Host), Read: of(Host, CryptoCore)},
}

// Allowed reports whether a requester may do an operation where keys are in a home.
func Allowed(home Home, by Requester, op Operation) bool {
	return home < homes && op < operations && by < requesters && allowed[home][op]&(1<<by) != 0
}
