package loginui

import "html/template"

// choice is a button that answers a question: a row with an icon, a title and
// a line that says what it is.
type choice struct {
	Field, Value string
	Icon         string
	Title        template.HTML
	Text         template.HTML
	Badge        template.HTML
	Current      bool // cannot be chosen: it is in use
}

// PlatformChoice offers a platform.
func (v *view) PlatformChoice(platform string) (choice, error) {
	c := choice{Field: "platform", Value: platform, Icon: platform, Title: v.Isolate(platform)}
	if !v.texts.has("platform." + platform + ".name") {
		return c, nil
	}
	var err error
	if c.Title, err = v.Text("platform." + platform + ".name"); err != nil {
		return choice{}, err
	}
	c.Text, err = v.Text("platform." + platform + ".text")
	return c, err
}

// MethodChoice offers a sign-in method.
func (v *view) MethodChoice(m MethodChoice) (choice, error) {
	kind, label := m.Name, m.Label
	if label != "" || !v.texts.has("method."+kind+".action") {
		kind = "provider"
	}
	if label == "" {
		label = m.Name
	}
	c := choice{Field: "method", Value: m.Name, Icon: kind}
	var err error
	if c.Title, err = v.Text("method."+kind+".action", "label", label); err != nil {
		return choice{}, err
	}
	if c.Text, err = v.Text("method." + kind + ".text"); err != nil {
		return choice{}, err
	}
	if m.Last {
		c.Badge, err = v.Text("method.last")
	}
	return c, err
}

// AccountChoice offers an account.
func (v *view) AccountChoice(a AccountChoice) (choice, error) {
	c := choice{Field: "account", Value: a.ID, Icon: "account", Title: v.Isolate(a.Name), Current: a.Current}
	if a.Contact != "" {
		c.Text = v.Isolate(a.Contact)
	}
	var err error
	switch {
	case a.Current:
		c.Badge, err = v.Text("account.current")
	case a.Primary:
		c.Badge, err = v.Text("account.primary")
	}
	return c, err
}

// MethodName names the method of a session; label is a further provider's.
func (w words) MethodName(name, label string) (string, error) {
	if label != "" {
		return clean(label), nil
	}
	return w.known(name, "method."+name+".name")
}

// KindName names a kind of entity.
func (v *view) KindName(kind string) (string, error) { return v.known(kind, "kind."+kind) }
