package psp

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Cipher is PSP in tunnel mode over IPv4, without a cookie and with nothing left readable, as a chain has it.
var Cipher = tunnel.Cipher{Title: "PSP", Sender: newSender,
	Len: func(n int) int { return header.IPv4MinLen + Overhead + n },
	Keys: []tunnel.KeyFile{{Name: "psp_master_keys", Text: func(seed uint64, _ []string) string {
		keys := made(seed)
		return fmt.Sprintf("% x\n% x\n", keys[0], keys[1])
	}}},
	Help: func(capture string) string {
		return `They are PSP packets to UDP port 1000, whose keys come from the SPI and one of two
master keys: psp_master_keys has them as the reference program of github.com/google/psp reads them (psp_decrypt -c):

  tshark -r ` + capture + ` -Y 'udp.dstport == 1000' -F pcap -w psp.pcap
  psp_decrypt -c psp_master_keys -i psp.pcap -o clear.pcap
`
	}}

// made returns the master keys that captures are made with: hashes of the seed. All receivers have the same, where real ones have
// their own and tell nobody, so that one file opens a capture.
func made(seed uint64) (keys [2][MasterKeyLen]byte) {
	for i := range keys {
		text := binary.BigEndian.AppendUint64([]byte("dsnsim PSP master key"), seed)
		keys[i] = sha256.Sum256(append(text, uint8(i)))
	}
	return keys
}

// sender is the sending end of a tunnel.
type sender struct {
	*SA
	ends    tunnel.Ends
	uniform bool
}

// newSender makes an association of version 0 or 1, by the length of the keys.
func newSender(s *tunnel.Stack, a tunnel.Association) (tunnel.Sender, error) {
	h := Header{SPI: a.SPI}
	if s.KeyLen > GCM128.KeyLen() {
		h.Version = GCM256
	}
	key, err := NewMaster(made(a.Seed)).Derive(h.SPI, h.Version)
	if err != nil {
		return nil, err
	}
	sa, err := NewSA(h, key)
	return sender{sa, a.Ends, s.UniformCipher}, err
}

// AppendNth implements tunnel.Sender: the IV of the n-th packet is n.
func (s sender) AppendNth(dst, packet []byte, n uint64, hash uint32) ([]byte, error) {
	class, ok := header.Class(packet)
	if !ok {
		return dst, errors.New("psp: tunnel mode carries IP packets only")
	}
	next := uint8(nextIPv4)
	if packet[0]>>4 == 6 {
		next = nextIPv6
	}
	if !s.uniform {
		class &= header.ECNMask
	}
	return s.Append(dst, outerHeader(s.ends, class), next, packet, tunnel.SourcePort(hash), n)
}

// KeyLine implements tunnel.Sender: the master keys are all that it takes.
func (s sender) KeyLine() string { return "" }

// outerHeader returns the header of a tunnel's datagram, but for what carry writes.
func outerHeader(e tunnel.Ends, class uint8) []byte {
	h := make(header.IPv4, header.IPv4MinLen)
	h.SetHeaderLen(header.IPv4MinLen)
	h.SetTOS(class)
	h.SetFragment(header.IPv4DontFragment, 0)
	h.SetTTL(64) // source: IANA's recommended default
	h.SetSrc(e.Src)
	h.SetDst(e.Dst)
	return h
}
