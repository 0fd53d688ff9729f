// Rules that hold for the whole tree, checked so that they stay true.
package dsnsim

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/services"
)

const module = "github.com/dsnsim/dsnsim/"

// layers are the top folders: each imports those before it only. internal is for all.
var layers = []string{"internal", "sim", "hw", "pcie", "asic", "scenarios", "reports", "cmd"}

// rooms are the packages of scenarios that build on each other, in that order.
var rooms = []string{"scenarios/input", "scenarios/trial", "scenarios/offered", "scenarios/arithmetic", "scenarios/run", "scenarios/experiments"}

// The bounds of a function and of a file that a person reads, and of a package that holds one idea.
const (
	mostFunction = 70
	mostFile     = 500
	mostFiles    = 20
)

func layer(list []string, path string) int {
	for i, l := range list {
		if path == l || strings.HasPrefix(path, l+"/") {
			return i
		}
	}
	return -1
}

// sources calls f with each Go file that is no test.
func sources(t *testing.T, f func(path string, file *ast.File, set *token.FileSet)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != "." {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err == nil {
			f(filepath.ToSlash(path), file, set)
		}
		return err
	}))
}

// A folder imports only folders to its left.
func TestLayers(t *testing.T) {
	sources(t, func(path string, file *ast.File, _ *token.FileSet) {
		for _, im := range file.Imports {
			to, err := strconv.Unquote(im.Path.Value)
			require.NoError(t, err)
			if !strings.HasPrefix(to, module) || strings.HasPrefix(path, "internal/") {
				continue // what only tests have may use anything
			}
			to = strings.TrimPrefix(to, module)
			assert.GreaterOrEqual(t, layer(layers, path), layer(layers, to), "%s imports %s", path, to)
			if from := layer(rooms, filepath.Dir(path)); from >= 0 {
				assert.GreaterOrEqual(t, from, layer(rooms, to), "%s imports %s", path, to)
			}
			if strings.HasPrefix(path, "scenarios/parts/") && filepath.Dir(path) != "scenarios/parts" {
				assert.LessOrEqual(t, layer(rooms, to), layer(rooms, "scenarios/offered"), "%s imports %s", path, to)
			}
		}
	})
}

// features are words of features. The packages that plan, simulate and report whatever a scenario has know none of them: what a feature adds
// stands in its package below scenarios/parts.
var features = regexp.MustCompile(`^(nat|lb|mirror|policer|firewall|ipsec|tcp|rdma|nvme|attack|siege|besieged|syn|power|energy|price|workload)s?$`)

// words splits names as they stand in programs and texts: atOnce is two words, and so is at_once.
var words = regexp.MustCompile(`[A-Z]+(?:[a-z]+)?|[a-z]+`)

// The runner, one simulation, and reports do not know their features: no name, text or comment is about one, and only the runner imports their
// list.
func TestTheRunnerKnowsNoFeature(t *testing.T) {
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		dir := filepath.Dir(path)
		if !slices.Contains([]string{"scenarios/trial", "scenarios/run", "reports", "reports/layout"}, dir) {
			return
		}
		check := func(at token.Pos, text string) {
			for _, w := range words.FindAllString(text, -1) {
				assert.NotRegexp(t, features, strings.ToLower(w), "%s: %q", set.Position(at), text)
			}
			assert.NotContains(t, strings.ToLower(text), "queue pair", "%s", set.Position(at))
		}
		for _, im := range file.Imports {
			if to := im.Path.Value; dir != "scenarios/run" || !strings.HasSuffix(to, `/scenarios/parts"`) {
				assert.NotContains(t, to, "scenarios/parts", path)
			}
		}
		for _, group := range file.Comments {
			check(group.Pos(), group.Text())
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.Ident:
				check(x.Pos(), x.Name)
			case *ast.BasicLit:
				check(x.Pos(), x.Value)
			}
			return true
		})
	})
}

// Functions fit a screen, files are of one idea.
func TestLengths(t *testing.T) {
	files := map[string]int{}
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		files[filepath.Dir(path)]++
		src, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.LessOrEqual(t, strings.Count(string(src), "\n"), mostFile, "%s: lines of a file", path)
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1
				assert.LessOrEqual(t, lines, mostFunction, "%s: lines of %s", path, f.Name.Name)
			}
		}
	})
	for dir, n := range files {
		assert.LessOrEqual(t, n, mostFiles, "%s: files of a package", dir)
	}
}

// docs/where.md and docs/adding.md name files that exist, and names that stand in a file of their row.
func TestWhereIsTrue(t *testing.T) {
	for page, least := range map[string]int{"docs/where.md": 10, "docs/adding.md": 25} {
		src, err := os.ReadFile(page)
		require.NoError(t, err)
		rows := 0
		for line := range strings.Lines(string(src)) {
			if strings.HasPrefix(line, "| Wh") || regexp.MustCompile(`^\| [0-9]\. `).MatchString(line) {
				rows++
				checkRow(t, line)
			}
		}
		assert.GreaterOrEqual(t, rows, least, page)
	}
}

// checkRow checks what a row quotes: files and folders that exist, and names that stand in one of those files.
func checkRow(t *testing.T, line string) {
	t.Helper()
	text, names := "", []string{}
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
		info, err := os.Stat(m[1])
		switch {
		case err != nil:
			names = append(names, m[1])
		case info.Mode().IsRegular():
			b, err := os.ReadFile(m[1])
			require.NoError(t, err)
			text += string(b)
		}
	}
	for _, n := range names {
		assert.NotContains(t, n, "/", "no such file: %s", line)
		assert.Contains(t, text, n, "%s", line)
	}
}

// pages are the Markdown files of the project.
func pages(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	more, err := filepath.Glob("docs/*/*.md")
	require.NoError(t, err)
	return append(append(list, more...), "README.md", "CONTRIBUTING.md", "CHANGELOG.md")
}

// Files and folders that the docs name exist.
func TestPathsOfTheDocs(t *testing.T) {
	inside := regexp.MustCompile("`((?:" + strings.Join(layers, "|") + "|docs|scripts)/[a-zA-Z0-9_./-]+)`")
	for _, page := range pages(t) {
		src, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range inside.FindAllStringSubmatch(string(src), -1) {
			_, err := os.Stat(m[1])
			assert.NoError(t, err, page)
		}
	}
}

// Relative links of Markdown files lead to files that exist, and to headings that these have.
func TestLinksOfTheDocs(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	for _, page := range pages(t) {
		src, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(src), -1) {
			to := page
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(page), m[1])
			}
			if _, err := os.Stat(to); !assert.NoError(t, err, "%s: %s", page, m[0]) || m[2] == "" {
				continue
			}
			text, err := os.ReadFile(to)
			require.NoError(t, err)
			assert.Contains(t, anchors(string(text)), m[2], "%s: no such heading in %s", page, to)
		}
	}
}

// anchors are what GitHub makes of a page's headings: lower case, without signs, with dashes for blanks.
func anchors(text string) (list []string) {
	sign := regexp.MustCompile(`[^a-z0-9 -]`)
	for line := range strings.Lines(text) {
		if h := strings.TrimLeft(line, "#"); h != line {
			h = sign.ReplaceAllString(strings.ToLower(strings.TrimSpace(h)), "")
			list = append(list, "#"+strings.ReplaceAll(h, " ", "-"))
		}
	}
	return list
}

// A service says everything about itself in its own files: nothing else knows the name of one.
func TestNothingKnowsTheNameOfAService(t *testing.T) {
	names := chain.Names(services.All)
	require.NotEmpty(t, names)
	own := []string{"asic/service", "asic/steps", "scenarios/chain", "scenarios/services"}
	const reasons = "sim/stats/drops.go" // a drop reason may be called as the service
	sources(t, func(path string, file *ast.File, set *token.FileSet) {
		if layer(own, filepath.Dir(path)) >= 0 || slices.Contains(names, filepath.Base(filepath.Dir(path))) || strings.HasPrefix(path, "internal/") || path == reasons {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				text, err := strconv.Unquote(l.Value)
				require.NoError(t, err)
				assert.NotContains(t, names, text, "%s: ask the description of the service (asic/service, scenarios/chain) instead of its name", set.Position(l.Pos()))
			}
			return true
		})
	})
}
