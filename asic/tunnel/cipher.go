package tunnel

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// Cipher is a tunnel that ciphers, around all other tunnels of a chain.
type Cipher struct {
	// Title is its name in remarks.
	Title string
	// Len returns the length of the datagram that carries an IP packet of n bytes.
	Len func(n int) int
	// Sender makes the sending end of an association.
	Sender func(s *Stack, a Association) (Sender, error)
	// Keys are the files by which others read what was sent, and Help says how they do that with a capture beside the files.
	Keys []KeyFile
	Help func(capture string) string
	// Received says that a Receiver opens it.
	Received bool
}

// Association is one direction of a tunnel whose keys are made up: everybody can know them.
type Association struct {
	Ends
	SPI  uint32
	Seed uint64
}

// Sender is the sending end of an association.
type Sender interface {
	// AppendNth appends to dst the datagram that carries the n-th IP packet of the association, from 1. hash is the flow hash of the
	// tenant's frame.
	AppendNth(dst, packet []byte, n uint64, hash uint32) ([]byte, error)
	// KeyLine is the line of the association in a file of keys, "" where it needs none.
	KeyLine() string
}

// KeyFile is a file of keys: its text in front of the lines of the associations.
type KeyFile struct {
	Name string
	// Text writes the file for associations with that seed, whose lines are keys.
	Text func(seed uint64, keys []string) string
}

// ESP is ESP in tunnel mode.
var ESP = Cipher{Title: "ESP", Len: ESPLen, Sender: newSender, Received: true,
	Keys: []KeyFile{
		{"esp_sa", func(_ uint64, keys []string) string { return strings.Join(keys, "") }},
		{"preferences", func(uint64, []string) string {
			return "esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n"
		}}},
	Help: func(capture string) string {
		return `This folder is also a Wireshark profile that decrypts them: esp_sa holds the keys, and
preferences turns decryption on. From this folder:

  WIRESHARK_CONFIG_DIR=. tshark -r ` + capture + ` -Y 'frame.interface_name == "net"'
  WIRESHARK_CONFIG_DIR=. wireshark ` + capture + `
`
	}}

// newSender makes an association whose key is a hash of the seed and its SPI.
func newSender(s *Stack, a Association) (Sender, error) {
	material := append([]byte("dsnsim ESP key"), binary.BigEndian.AppendUint64(nil, a.Seed)...)
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(material, a.SPI))
	more := sha256.Sum256(sum[:]) // keys of 256 bits leave none for the salt
	secret := append(sum[:], more[:]...)
	sa, err := NewSA(Config{Ends: a.Ends, SPI: a.SPI, Key: secret[:s.KeyLen:s.KeyLen], Salt: [SaltLen]byte(secret[s.KeyLen:]),
		ESN: s.ESN, Window: s.Window, Uniform: s.UniformCipher})
	if err != nil {
		return nil, err
	}
	return sa, nil
}

// AppendNth implements Sender.
func (s *SA) AppendNth(dst, packet []byte, n uint64, _ uint32) ([]byte, error) {
	return s.AppendAt(dst, packet, n)
}

// KeyLine implements Sender.
func (s *SA) KeyLine() string { return FormatKey(s.Config) }
