package caddymodule

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var namedTest = regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)(?:/([^`]*))?`")

// TestDocumentsNameTests holds documents that call tests to witness to the tests
// that there are: a function, and below it the beginning of a subtest's name,
// as -run takes them.
func TestDocumentsNameTests(t *testing.T) {
	tests := allTests(t)
	named := 0
	for _, pattern := range []string{"../docs/*.md", "../*.md"} {
		documents, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			text, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range namedTest.FindAllStringSubmatch(string(text), -1) {
				named++
				if !tests.has(match[1], match[2]) {
					t.Errorf("%s names %s, which does not exist", document, match[0])
				}
			}
		}
	}
	if named < 50 {
		t.Errorf("only %d tests are named", named)
	}
}

// testNames are the texts that stand in the package of each test function, by
// its name. Functions of several packages can share one.
type testNames map[string][]string

func (n testNames) has(function, subtest string) bool {
	texts, ok := n[function]
	for _, text := range texts {
		if strings.HasPrefix(text, subtest) {
			return true
		}
	}
	return ok && subtest == ""
}

// allTests reads the test files of the module.
func allTests(t *testing.T) testNames {
	t.Helper()
	functions, texts := map[string][]string{}, map[string][]string{} // by folder
	err := eachGoFile("..", func(path string) error {
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder := filepath.Dir(path)
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				functions[folder] = append(functions[folder], node.Name.Name)
			case *ast.BasicLit:
				if text, err := strconv.Unquote(node.Value); err == nil && node.Kind == token.STRING {
					texts[folder] = append(texts[folder], text)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	names := testNames{}
	for folder, list := range functions {
		for _, function := range list {
			names[function] = append(names[function], texts[folder]...)
		}
	}
	return names
}
