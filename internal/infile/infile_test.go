package infile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write makes a file with its folders.
func write(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "a.txt"), "hello")
	for most, long := range map[int64]bool{4: true, 5: false, 6: false} {
		got, err := Files{}.Read(path, most)
		if long {
			require.ErrorIs(t, err, TooLong{4})
			assert.EqualError(t, err, path+": the file is too long: more than 4 bytes")
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, "hello", string(got))
	}
	_, err := Files{}.Read(filepath.Join(dir, "none"), 5)
	require.ErrorIs(t, err, fs.ErrNotExist)
	assert.EqualError(t, err, filepath.Join(dir, "none")+": no such file or directory")
	_, err = Files{}.Read(dir, 5)
	assert.EqualError(t, err, dir+": is a directory; expected a file")
	_, err = Files{}.Read("a\x00b", 5)
	assert.ErrorContains(t, err, "invalid argument")
}

func TestBounded(t *testing.T) {
	for n := range 70 {
		got, err := io.ReadAll(Bounded(strings.NewReader(strings.Repeat("x", n)), 64))
		assert.Len(t, got, min(n, 64))
		assert.Equal(t, n > 64, errors.Is(err, TooLong{64}))
	}
	assert.EqualError(t, TooLong{3 << 20}, "the file is too long: more than 3 MiB")
	assert.EqualError(t, TooLong{3 << 10}, "the file is too long: more than 3 KiB")
}

// TestBelow tries the ways out of a folder.
func TestBelow(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, filepath.Join(dir, "secret"), "s")
	write(t, filepath.Join(dir, "rootkit", "x"), "not in root, though its name begins so")
	root := filepath.Join(dir, "root")
	inside := write(t, filepath.Join(root, "sub", "a"), "a")
	for link, to := range map[string]string{"out": secret, "up": "../secret", "in": "sub/a", "full": inside, "folder": dir, "circle": "circle"} {
		require.NoError(t, os.Symlink(to, filepath.Join(root, link)))
	}
	require.NoError(t, os.Symlink(root, filepath.Join(dir, "alias")))
	for _, named := range []string{root, filepath.Join(dir, "alias")} {
		files, err := Below(named)
		require.NoError(t, err)
		for _, ok := range []string{"sub/a", "in", "full", "sub/../in", "sub/../../root/in"} {
			got, err := files.Read(named+"/"+ok, 9)
			require.NoError(t, err, ok)
			assert.Equal(t, "a", string(got))
		}
		for _, bad := range []string{"out", "up", "folder/secret", "../secret", "../rootkit/x", "../none", "sub/../../secret"} {
			_, err := files.Read(named+"/"+bad, 9)
			assert.ErrorIs(t, err, ErrOutside, bad)
		}
		_, err = files.Read(filepath.Join(named, "none"), 9)
		assert.ErrorIs(t, err, fs.ErrNotExist)
		assert.Error(t, files.Check(filepath.Join(named, "circle")))
		assert.NoError(t, files.Check(filepath.Join(named, "in")))
	}
	_, err := Below(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = Below(secret)
	assert.Error(t, err)
}
