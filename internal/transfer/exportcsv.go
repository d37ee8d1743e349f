package transfer

import (
	"encoding/csv"
	"io"
	"iter"
	"strconv"
	"strings"
)

// csv writes a row for each record. An empty field is an empty cell, which an
// import leaves as it is; the other forms bring empty fields back.
func (e *exporter) csv(w io.Writer) error {
	rows := csv.NewWriter(w)
	if err := rows.Write(columns); err != nil {
		return err
	}
	for _, records := range []iter.Seq2[any, error]{e.accounts(), e.contacts(), e.members()} {
		for record, err := range records {
			if err == nil {
				err = rows.Write(row(cellsOf(record)))
			}
			if err != nil {
				return err
			}
		}
	}
	rows.Flush()
	return rows.Error()
}

func row(cells map[string]string) []string {
	out := make([]string, len(columns))
	for i, name := range columns {
		out[i] = string(guard(cells[name]))
	}
	return out
}

func cellsOf(record any) map[string]string {
	switch r := record.(type) {
	case accountRecord:
		return map[string]string{
			"type": kindAccount, "id": r.ID, "name": r.Name, "domains": join(r.Domains),
			"tenants": join(r.Tenants), "contact_creation": r.ContactCreation, "methods": join(r.Methods),
			"force_public_domains": ifTrue(r.Force), "active": strconv.FormatBool(r.Active),
		}
	case contactRecord:
		return map[string]string{
			"type": kindContact, "id": r.ID, "email": r.Email, "name": r.Name, "given_name": r.GivenName,
			"family_name": r.FamilyName, "phone": r.Phone, "job_title": r.JobTitle, "account": r.Account,
			"groups": join(r.Groups), "primary": strconv.FormatBool(r.Primary), "active": strconv.FormatBool(r.Active),
			"self_registered": ifTrue(r.SelfRegistered), "password_hash": r.PasswordHash,
		}
	case memberRecord:
		return map[string]string{
			"type": kindMember, "id": r.ID, "email": r.Email, "name": r.Name, "platforms": join(r.Platforms),
			"groups": join(r.Groups), "active": strconv.FormatBool(r.Active), "password_hash": r.PasswordHash,
		}
	}
	return nil
}

func ifTrue(b bool) string {
	if b {
		return "true"
	}
	return ""
}

var escapeItem = strings.NewReplacer(`\`, `\\`, `;`, `\;`)

func join[T ~string](list []T) string {
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = escapeItem.Replace(string(item))
	}
	return strings.Join(items, ";")
}
