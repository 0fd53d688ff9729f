// Package keystore is where the keys of security associations are, and who may do what with them. On a chip it is like a
// hardware security module: keys go in and are used, and nothing gets them out. In software keys lie in host memory, where
// whoever owns the host reads them.
package keystore

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// Requester is who asks, as the hardware knows it: by the bus that the request comes over, never by what the request says.
type Requester uint8

// The requesters.
const (
	Host              Requester = iota // the server's CPU, through BARs of the chip or as the owner of the memory
	NetworkManagement                  // the operator's management, through the network port
	CryptoCore                         // the core that ciphers packets, on the chip or in the software DSN
	requesters
)

// String returns the requester's name in errors.
func (r Requester) String() string {
	if r >= requesters {
		return fmt.Sprintf("Requester(%d)", uint8(r))
	}
	return [requesters]string{"host", "network management", "crypto core"}[r]
}

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

// String returns the operation's name in errors.
func (o Operation) String() string {
	if o >= operations {
		return fmt.Sprintf("Operation(%d)", uint8(o))
	}
	return [operations]string{"install", "replace", "delete", "use", "read"}[o]
}

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

// String returns the home's name in errors.
func (h Home) String() string {
	if h >= homes {
		return fmt.Sprintf("Home(%d)", uint8(h))
	}
	return [homes]string{"chip managed over the network", "chip managed by the host", "host memory"}[h]
}

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

// Denied is the error of a request without permission.
type Denied struct {
	Home Home
	By   Requester
	Op   Operation
}

// Error says who was refused what.
func (d Denied) Error() string {
	return fmt.Sprintf("key store: %v may not %v a key: the keys are in a %v", d.By, d.Op, d.Home)
}

// The other errors of a Store.
var (
	ErrNoKey = errors.New("key store: no key has this handle")
	ErrFull  = errors.New("key store: no room for another key")
)

// Handle names a key until the key is deleted. The zero Handle names none, and no handle is used again.
type Handle struct{ slot, generation uint32 }

// Store holds keys of AES-GCM: 16, 24 or 32 bytes. It is not safe for concurrent use.
type Store struct {
	home   Home
	slots  []slot
	free   []uint32
	room   int
	denied [requesters][operations]int64
}

type slot struct {
	generation uint32
	key        []byte // nil where the slot is free
	aead       cipher.AEAD
}

// New returns an empty store for at most room keys.
func New(home Home, room int) *Store { return &Store{home: home, room: room} }

// Home returns where the keys are.
func (s *Store) Home() Home { return s.home }

// Len returns the number of keys.
func (s *Store) Len() int { return len(s.slots) - len(s.free) }

// Refusals returns how often a requester was denied an operation: what an attack leaves behind.
func (s *Store) Refusals(by Requester, op Operation) int64 {
	if by >= requesters || op >= operations {
		return 0
	}
	return s.denied[by][op]
}

// check comes first, so that a requester without permission does not learn which handles exist.
func (s *Store) check(by Requester, op Operation) error {
	if Allowed(s.home, by, op) {
		return nil
	}
	if by < requesters && op < operations {
		s.denied[by][op]++
	}
	return Denied{s.home, by, op}
}

// Install puts a copy of a key in. It returns Denied, ErrFull, or the error of a key of a wrong length.
func (s *Store) Install(by Requester, key []byte) (Handle, error) {
	if err := s.check(by, Install); err != nil {
		return Handle{}, err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return Handle{}, err
	}
	if s.Len() >= s.room {
		return Handle{}, ErrFull
	}
	if len(s.free) == 0 {
		s.slots = append(s.slots, slot{})
		s.free = append(s.free, uint32(len(s.slots)-1))
	}
	i := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	e := &s.slots[i]
	e.generation++
	e.key, e.aead = append([]byte(nil), key...), aead
	return Handle{i, e.generation}, nil
}

// Replace wipes the key of a handle and puts a copy of another in its place. It returns Denied, ErrNoKey, or the error
// of a key of a wrong length, which leaves the old one.
func (s *Store) Replace(by Requester, h Handle, key []byte) error {
	e, err := s.find(by, Replace, h)
	if err != nil {
		return err
	}
	aead, err := newAEAD(key)
	if err != nil {
		return err
	}
	clear(e.key)
	e.key, e.aead = append([]byte(nil), key...), aead
	return nil
}

// Delete wipes the key of a handle. It returns Denied or ErrNoKey.
func (s *Store) Delete(by Requester, h Handle) error {
	e, err := s.find(by, Delete, h)
	if err != nil {
		return err
	}
	clear(e.key)
	e.key, e.aead = nil, nil
	s.free = append(s.free, h.slot)
	return nil
}

// Use returns the cipher of a handle's key, which seals and opens and does not give the key away. It returns Denied or
// ErrNoKey.
func (s *Store) Use(by Requester, h Handle) (cipher.AEAD, error) {
	e, err := s.find(by, Use, h)
	if err != nil {
		return nil, err
	}
	return e.aead, nil
}

// Read returns a copy of a handle's key. It returns Denied, always so on a chip, or ErrNoKey.
func (s *Store) Read(by Requester, h Handle) ([]byte, error) {
	e, err := s.find(by, Read, h)
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), e.key...), nil
}

func (s *Store) find(by Requester, op Operation, h Handle) (*slot, error) {
	if err := s.check(by, op); err != nil {
		return nil, err
	}
	if int(h.slot) >= len(s.slots) || s.slots[h.slot].generation != h.generation || s.slots[h.slot].key == nil {
		return nil, ErrNoKey
	}
	return &s.slots[h.slot], nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key store: a key of %d bytes; AES takes 16, 24 or 32", len(key))
	}
	return cipher.NewGCM(block)
}
