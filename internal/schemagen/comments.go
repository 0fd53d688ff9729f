package schemagen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// Comments reads the comments at the types of a package's folder, by name, and at the fields of its structs, by the names of struct and
// field. A field without a comment has that of the field above, if it mentions this one too. Names of fields are written as their keys.
func Comments(folder string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	docs := map[string]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, src, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				return true
			}
			for _, spec := range decl.Specs {
				t := spec.(*ast.TypeSpec)
				docs[t.Name.Name] = oneLine(t.Doc.Text() + " " + decl.Doc.Text())
				if s, ok := t.Type.(*ast.StructType); ok {
					describe(t.Name.Name, s, docs)
				}
			}
			return true
		})
	}
	return docs, nil
}

// describe adds the comments of one struct.
func describe(owner string, s *ast.StructType, docs map[string]string) {
	keys := keysOf(s)
	above := ""
	for _, f := range s.Fields.List {
		own := oneLine(f.Doc.Text())
		if line := oneLine(f.Comment.Text()); line != "" {
			own = strings.TrimSpace(own + " " + line)
		}
		if own != "" {
			above = own
		}
		for _, name := range f.Names {
			text := own
			if text == "" && wordIn(above, name.Name) {
				text = above
			}
			if text = withKeys(text, keys); text != "" {
				docs[owner+"."+name.Name] = text
			}
		}
	}
}

// keysOf maps the names of fields to the keys in a file.
func keysOf(s *ast.StructType) map[string]string {
	keys := map[string]string{}
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml"), ",")
		for _, name := range f.Names {
			if key != "" && key != "-" {
				keys[name.Name] = key
			}
		}
	}
	return keys
}

var word = regexp.MustCompile(`[A-Za-z][A-Za-z0-9]*`)

// withKeys writes the names of fields as keys. What could as well be an acronym (RDMA, ToR) is one, except at the beginning.
func withKeys(text string, keys map[string]string) string {
	first := true
	return word.ReplaceAllStringFunc(text, func(w string) string {
		key, ok := keys[w]
		ok = ok && (first || !acronym(w))
		if first = false; ok {
			return key
		}
		return w
	})
}

func acronym(w string) bool {
	return len(w) > 1 && strings.ToUpper(w[:2]) == w[:2] || strings.ToUpper(w[len(w)-1:]) == w[len(w)-1:]
}

func wordIn(text, name string) bool {
	for _, w := range word.FindAllString(text, -1) {
		if w == name {
			return true
		}
	}
	return false
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
