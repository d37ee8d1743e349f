package caddymodule

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/frontdesk-gateway/frontdesk/internal/transfer"
)

func newImportCommand() *cobra.Command {
	var at reach
	var format string
	var request importRequest
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Brings accounts, contacts and members into the directory",
		Long: `
Brings accounts, contacts and members from a JSON, NDJSON or CSV file into the
directory: all of them, or, where anything is wrong with the file, none. Records
are matched by id; fields that are absent keep an existing record's value. FILE
may be - for standard input.`,
		Args: takes(1, 1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if request.format, err = formatOf(format, args[0]); err != nil {
				return err
			}
			file, err := openInput(cmd, args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			return runImport(cmd, at, request, file)
		},
	}
	at.addFlags(cmd)
	cmd.Flags().StringVar(&format, "format", "", "json, ndjson or csv; by default what the file's name or beginning says")
	cmd.Flags().BoolVar(&request.dryRun, "dry-run", false, "Say what would change, and change nothing")
	cmd.Flags().BoolVar(&request.prune, "prune", false, "Remove the records that the file does not hold, but for contacts made at sign-in")
	return cmd
}

func runImport(cmd *cobra.Command, at reach, request importRequest, file io.Reader) error {
	if at.store != "" {
		return at.onAnyFile(func(d desk) error {
			report, err := d.importFile(contextOf(cmd), file, request)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), report)
			return nil
		})
	}
	done, err := at.do(adminImport, url.Values{
		"format": {string(request.format)}, "dry_run": {yes(request.dryRun)}, "prune": {yes(request.prune)},
	}, file)
	if err != nil {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), done)
	return nil
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func formatOf(flag, file string) (transfer.Format, error) {
	if flag != "" {
		return transfer.ParseFormat(flag)
	}
	return transfer.FormatOf(file), nil
}

func openInput(cmd *cobra.Command, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), nil
	}
	return os.Open(name) // #nosec G304 -- named on the command line
}

func newExportCommand() *cobra.Command {
	var at reach
	var format string
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Writes the directory to a file that import reads",
		Long: `
Writes all accounts, contacts and members, without passwords, to FILE or to
standard output, in a form that import reads.`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "-"
			if len(args) > 0 {
				name = args[0]
			}
			f, err := formatOf(format, name)
			if err != nil {
				return err
			}
			return writeOutput(cmd, name, func(w io.Writer) error { return runExport(cmd, at, f, w) })
		},
	}
	at.addFlags(cmd)
	cmd.Flags().StringVar(&format, "format", "", "json, ndjson or csv; by default what the file's name says, or json")
	return cmd
}

func runExport(cmd *cobra.Command, at reach, format transfer.Format, w io.Writer) error {
	if at.store != "" {
		return at.onFile(func(d desk) error { return d.export(contextOf(cmd), w, format) })
	}
	response, err := at.ask(http.MethodGet, adminExport, url.Values{"format": {string(format)}}, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("reading the export: %w", err)
	}
	return nil
}

// writeOutput writes a file whole or not at all: a failed export leaves what
// was there before. What is no file, as a pipe or a device, is written to as it is,
// and a link leads to what is written.
func writeOutput(cmd *cobra.Command, name string, write func(io.Writer) error) error {
	if name == "-" {
		return write(cmd.OutOrStdout())
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return writeTo(name, write)
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".partial-*") // with mode 0600, and nobody else's
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), name)
}

func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0) // #nosec G304 -- named on the command line
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
