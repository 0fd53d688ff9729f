package psp

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// Version says how packets are ciphered.
type Version uint8

// The versions.
const (
	GCM128 Version = iota
	GCM256
	versions
)

// KeyLen returns the length of a version's keys in bytes.
func (v Version) KeyLen() int { return 16 << v }

// MasterKeyLen is the length of a master key in bytes: AES-256.
const MasterKeyLen = 32

// keySelector is the bit of an SPI that tells which of the two master keys its key comes from, so that a new master key does not
// end associations of the old one at once.
const keySelector = 1 << 31

// Master derives the keys of associations from the two master keys of a receiver.
type Master struct {
	block  [2]cipher.Block
	subkey [2][aes.BlockSize]byte // K1 of CMAC
}

// NewMaster returns the master keys of a receiver: the first for SPIs below 2^31, the second for those above.
func NewMaster(keys [2][MasterKeyLen]byte) *Master {
	m := &Master{}
	for i := range keys {
		block, err := aes.NewCipher(keys[i][:])
		if err != nil {
			panic(err) // 32 bytes are a key of AES
		}
		m.block[i] = block
		block.Encrypt(m.subkey[i][:], m.subkey[i][:])
		double(&m.subkey[i])
	}
	return m
}

// double multiplies by x in GF(2^128) as CMAC does (RFC 4493, section 2.3).
func double(b *[aes.BlockSize]byte) {
	hi, lo := binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
	carry := hi >> 63 * 0x87
	binary.BigEndian.PutUint64(b[:], hi<<1|lo>>63)
	binary.BigEndian.PutUint64(b[8:], lo<<1^carry)
}

// Derive returns the key of an association.
func (m *Master) Derive(spi uint32, v Version) ([]byte, error) {
	if v >= versions {
		return nil, fmt.Errorf("%w %d", ErrVersion, v)
	}
	which := spi / keySelector
	key := make([]byte, v.KeyLen())
	for at := 0; at < len(key); at += aes.BlockSize {
		m.prf(which, key[at:], spi, v, uint32(at/aes.BlockSize+1))
	}
	return key, nil
}

// prf writes block n of a key, from 1: the KDF in counter mode of NIST SP 800-108 with AES-256-CMAC, whose message is one block,
// so that it takes one block of AES.
func (m *Master) prf(which uint32, out []byte, spi uint32, v Version, n uint32) {
	var block [aes.BlockSize]byte
	binary.BigEndian.PutUint32(block[:], n)
	copy(block[4:], "Pv")
	block[6] = '0' + uint8(v)
	binary.BigEndian.PutUint32(block[8:], spi)
	binary.BigEndian.PutUint32(block[12:], uint32(8*v.KeyLen()))
	for i := range block {
		block[i] ^= m.subkey[which][i]
	}
	m.block[which].Encrypt(out, block[:])
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("psp: %w", err)
	}
	return cipher.NewGCM(block)
}
