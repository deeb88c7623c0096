#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Provider data: every file that is shipped works in a profile that init makes; the placeholders of
# their URLs take what is meant for them and nothing else.

load helper

setup() {
	world
}

shipped() {
	local file
	for file in "$abs_top_srcdir"/conf/providers/*.conf; do
		basename "$file" .conf
	done
}

# answers PROVIDER: what its placeholders that have no default become
answers() {
	case $1 in
	keycloak) printf '%s\n' --set realm=https://sso.example.org/realms/main ;;
	oidc) printf '%s\n' --set issuer=https://sso.example.org ;;
	okta) printf '%s\n' --set domain=dev-1.okta.com ;;
	esac
}

# any_client PROVIDER: provider data "any" that have everything of it, and a client for a grant that is
# always installed
any_client() {
	local resolver=static
	! grep -q '^datacenters' "$abs_top_srcdir/conf/providers/$1.conf" || resolver=multi_dc
	printf '%s\n' "extends = \"$1\";" 'clients = ( { grant = "self_client"; name = "any"; title = "Any";' \
		"text = \"any\"; resolver = \"$resolver\"; } );" >"$CONF/providers.d/any.conf"
}

# init_any PROVIDER PROFILE [OPTION…]: a profile on it
init_any() {
	any_client "$1"
	credence init any "$2" --client-id id --scope a.b "${@:3}" <<<secret
}

# setting PROFILE NAME
setting() {
	credence config show --json "$1" | jq -er --arg name "$2" '.[] | select(.setting == $name).value'
}

@test "every provider's file passes the check, alone and in a profile that init makes" {
	local name options
	[ "$(shipped | wc -l)" -ge 9 ]
	run -0 credence check
	for name in $(shipped); do
		mapfile -t options < <(answers "$name")
		# Its servers are asked for first.
		[ "$name" != oidc ] || continue
		run -0 init_any "$name" "on-$name" "${options[@]}"
		run -0 credence check
		run -0 credence dc resolve "on-$name"
		[[ $output == *https://* && $output != *[{}]* ]]
		run -0 setting "on-$name" token_endpoint
		[[ $output != *[{}]* ]]
		rm "$CONF/profiles.d/on-$name.conf" "$CONF/secrets/on-$name"
	done
}

@test "every kind of client whose grant is installed" {
	local name kind options grants made=0
	(umask 077 && echo x >"$CONF/key")
	grants=$(credence module list --json | jq -c '[.[] | select(.role == "grant" or .role == "resolver").name]')
	for name in $(shipped); do
		while read -r kind; do
			mapfile -t options < <(answers "$name")
			mapfile -t -O "${#options[@]}" options < <(needs "$name" "$kind")
			run -0 credence init "$name" "p$((++made))" --client "$kind" --client-id id \
				--scope a.b "${options[@]}" <<<secret
		done < <(kinds "$name" "$grants")
	done
	[ "$made" -ge 1 ]
	run -0 credence check
	[[ $output == "$made profile"* ]]
}

# needs PROVIDER KIND: what else is asked for
needs() {
	case $1-$2 in
	google-service) printf '%s\n' --set "key=file:$CONF/key" ;;
	salesforce-jwt) printf '%s\n' --set "key=file:$CONF/key" --set subject=ann ;;
	esac
}

# kinds PROVIDER MODULES: the names of its clients of which all modules are there
kinds() {
	local line grant resolver name
	while read -r line; do
		grant=$(sed -n 's/.*grant = "\([^"]*\)".*/\1/p' <<<"$line")
		resolver=$(sed -n 's/.*resolver = "\([^"]*\)".*/\1/p' <<<"$line")
		name=$(sed -n 's/.* name = "\([^"]*\)".*/\1/p' <<<"$line")
		jq -e --arg grant "$grant" --arg resolver "${resolver:-static}" \
			'index($grant) and index($resolver)' <<<"$2" >/dev/null || continue
		printf '%s\n' "$name"
	done < <(grep 'grant = "' "$abs_top_srcdir/conf/providers/$1.conf")
}

@test "templates become the URLs that the providers document" {
	local name setting want options
	while read -r name setting want; do
		mapfile -t options < <(answers "$name")
		[ -e "$CONF/profiles.d/$name.conf" ] || init_any "$name" "$name" "${options[@]}"
		any_client "$name"
		run -0 setting "$name" "$setting"
		[ "$output" = "$want" ]
	done <<-'END'
		keycloak token_endpoint https://sso.example.org/realms/main/protocol/openid-connect/token
		keycloak issuer https://sso.example.org/realms/main
		okta accounts_server https://dev-1.okta.com/oauth2/default
		microsoft accounts_server https://login.microsoftonline.com/common
		microsoft userinfo_endpoint https://graph.microsoft.com/oidc/userinfo
		gitlab token_endpoint https://gitlab.com/oauth/token
		github api_domain https://api.github.com
		github userinfo_endpoint https://api.github.com/user
		salesforce accounts_server https://login.salesforce.com
	END
}

@test "variables of the profile, of credence.conf for the provider, and the default" {
	init_any microsoft ms --set tenant=contoso.onmicrosoft.com
	run -0 credence dc resolve ms
	[[ $output == *"https://login.microsoftonline.com/contoso.onmicrosoft.com "* ]]
	sed -i '/^variables/,/^}/d' "$CONF/profiles.d/ms.conf"
	run -0 credence dc resolve ms
	[[ $output == *"https://login.microsoftonline.com/common "* ]]
	world 'defaults = { providers = ( { name = "any"; variables = { tenant = "fabrikam"; authority = "login.microsoftonline.us"; }; } ); };'
	chmod 600 "$CONF/secrets/ms"
	any_client microsoft
	run -0 credence dc resolve ms
	[[ $output == *"https://login.microsoftonline.us/fabrikam "* ]]
	printf 'variables = { tenant = "mine"; };\n' >>"$CONF/profiles.d/ms.conf"
	run -0 credence dc resolve ms
	[[ $output == *"https://login.microsoftonline.us/mine "* ]]
	run -0 credence config show ms
	[[ $output == *"variables.tenant"*"\"mine\""* ]]
	run -0 credence check
}

@test "a variable that is missing, unknown or of the wrong type, with its place" {
	any_client okta
	profile p 'provider = "any"' 'resolver = "static"'
	run -3 credence check
	[[ ${lines[0]} =~ ^"$CONF"/profiles.d/p.conf:[0-9]+:\ provider\ any\ needs\ variables.domain:\ Okta\ domain ]]
	[[ ${lines[0]} == *'add variables = { domain = "dev-123456.okta.com"; }; to the profile'* ]]
	run --separate-stderr -3 credence dc resolve p
	[[ ${stderr_lines[0]} =~ ^credence:\ p:\ "$CONF"/profiles.d/p.conf:[0-9]+:\ provider\ any\ needs ]]
	profile p 'provider = "any"' 'resolver = "static"' 'variables = { domian = "dev-1.okta.com"; }'
	run -3 credence check
	[[ $output =~ p.conf:[0-9]+:\ provider\ any\ has\ no\ variable\ \"domian\"\;\ did\ you\ mean\ \"domain\" ]]
	profile p 'provider = "any"' 'resolver = "static"' 'variables = { domain = 5; }'
	run -3 credence check
	[[ $output =~ p.conf:[0-9]+:\ variables.domain\ must\ be\ text ]]
	profile p 'provider = "any"' 'resolver = "static"' 'variables = "dev-1.okta.com"'
	run -3 credence check
	[[ $output =~ p.conf:[0-9]+:\ variables\ must\ be\ a\ group ]]
}

# refused NAME VALUE: check says so with its place, and no server is known
refused() {
	profile p 'provider = "any"' 'resolver = "static"' "variables = { domain = \"dev-1.okta.com\"; $1 = \"$2\"; }"
	[ "$1" != domain ] || profile p 'provider = "any"' 'resolver = "static"' "variables = { domain = \"$2\"; }"
	run -3 credence check
	[[ $output =~ p.conf:[0-9]+:\ variables.$1\ is\ no ]]
	run -3 credence dc resolve p
	[[ $output != *"   http"* ]]
}

@test "hostile values stay outside of URLs" {
	local value
	any_client okta
	for value in '' 'evil.com/' 'evil.com/x' 'evil.com?' 'evil.com#' 'user@evil.com' 'evil.com:0' \
		'evil.com:99999' 'EVIL.com' 'a..b' '-a.com' 'evil.com\\' 'evil.com ' ' evil.com' '{server}' \
		'0x7f.1' '127.1' '%65vil.com' 'évil.com' 'https://evil.com'; do
		refused domain "$value"
	done
	for value in '' '..' '.' '.x' 'a/b' '../x' '%2e%2e' 'a?b' 'a#b' 'a b' 'a:b' 'a@b' '{domain}' \
		'a\\b' 'a;b' 'a&b=c' 'é'; do
		refused server "$value"
	done
	printf '%s\n' 'extends = "keycloak"; clients = ();' >"$CONF/providers.d/any.conf"
	for value in '' 'sso.example.org' 'http://sso.example.org' 'https://' 'https://u@sso.example.org' \
		'https://sso.example.org?x=1' 'https://sso.example.org/a#b' 'https://sso.example.org/../x' \
		'javascript:x' 'https://sso.example.org\\@evil.com' 'https://SSO.example.org'; do
		profile p 'provider = "any"' 'resolver = "static"' "variables = { realm = \"$value\"; }"
		run -3 credence check
		[[ $output =~ p.conf:[0-9]+:\ variables.realm\ is\ no\ url ]]
	done
}

@test "a label is one label, wherever it stands" {
	local value
	printf '%s\n' 'placeholders = ( { name = "org"; kind = "label"; help = "the organization"; } );' \
		'token_endpoint = "https://{org}.example.org/{org}/token";' >"$CONF/providers.d/any.conf"
	profile p 'provider = "any"' 'resolver = "static"' 'variables = { org = "acme-1"; }'
	run -0 credence check
	[ "$(setting p token_endpoint)" = https://acme-1.example.org/acme-1/token ]
	for value in '' 'evil.com' 'evil.com/' 'a_b' '-a' 'a-' 'A' 'a:1' 'a@b' \
		"$(printf 'a%.0s' {1..64})"; do
		profile p 'provider = "any"' 'resolver = "static"' "variables = { org = \"$value\"; }"
		run -3 credence check
		[[ $output =~ p.conf:[0-9]+:\ variables.org\ is\ no\ label ]]
	done
}

# bad_provider MESSAGE LINE…: check tells it, with the line
bad_provider() {
	local message=$1
	shift
	printf '%s\n' "$@" >"$CONF/providers.d/any.conf"
	run -3 credence check
	[[ $output =~ any.conf:[0-9]+:\ .*"$message" ]]
}

@test "templates that could mean another host, and declarations that are none" {
	local host='placeholders = ( { name = "h"; kind = "host"; help = "h"; }, { name = "s"; kind = "segment"; help = "s"; },
		{ name = "l"; kind = "label"; help = "l"; }, { name = "u"; kind = "url"; help = "u"; } );'
	bad_provider '{nobody} is not among the placeholders' "$host" 'token_endpoint = "https://a.org/{nobody}";'
	bad_provider '{s} is a segment and' "$host" 'token_endpoint = "https://{s}/token";'
	bad_provider '{s} is a segment and' "$host" 'token_endpoint = "https://{s}.a.org/token";'
	bad_provider '{h} is a host and' "$host" 'token_endpoint = "https://{h}.a.org/token";'
	bad_provider '{h} is a host and' "$host" 'token_endpoint = "https://a.{h}/token";'
	bad_provider '{h} is a host and' "$host" 'token_endpoint = "https://a.org/{h}/token";'
	bad_provider '{l} is a label and' "$host" 'token_endpoint = "https://{l}/token";'
	bad_provider '{u} is a url and' "$host" 'token_endpoint = "https://a.org/{u}";'
	bad_provider '{s} is a segment and' "$host" 'token_endpoint = "{s}/token";'
	bad_provider 'would run into' "$host" 'token_endpoint = "{u}.a.org/token";'
	bad_provider 'would run into' "$host" 'token_endpoint = "{u}{s}/token";'
	bad_provider 'is no URL that is taken' "$host" 'token_endpoint = "https://a.org/{s";'
	bad_provider 'is no URL that is taken' "$host" 'token_endpoint = "https://a.org/{}";'
	bad_provider 'is no URL that is taken' "$host" 'token_endpoint = "https://a.org/{S}";'
	bad_provider 'is no URL that is taken' "$host" 'token_endpoint = "https://a.org/s}";'
	bad_provider "can't be a placeholder's name" 'placeholders = ( { name = "A b"; kind = "host"; help = "h"; } );'
	bad_provider '"a/b" is no segment' 'placeholders = ( { name = "s"; kind = "segment"; help = "s"; default = "a/b"; } );'
	bad_provider 'placeholders.kind must be one of' 'placeholders = ( { name = "s"; kind = "thing"; help = "s"; } );'
	# In data centres too, and in what another provider extends.
	bad_provider '{nobody} is not among the placeholders' \
		'datacenters = ( { location = "us"; accounts_server = "https://{nobody}"; } );'
	printf 'extends = "any";\n' >"$CONF/providers.d/more.conf"
	bad_provider '{x} is not among the placeholders' 'token_endpoint = "https://a.org/{x}";'
	# A profile writes URLs in full.
	rm "$CONF/providers.d/any.conf" "$CONF/providers.d/more.conf"
	profile p 'provider = "okta"' 'token_endpoint = "https://{domain}/token"'
	run -3 credence check
	[[ $output =~ p.conf:[0-9]+:\ token_endpoint\ is\ no\ URL ]]
}

@test "dc list shows templates as they are" {
	run -0 credence dc list microsoft
	[[ $output == *'https://{authority}/{tenant}'* ]]
	run -0 credence dc list
	for name in $(shipped); do
		grep -q "^$name " <<<"$output"
	done
}

@test "init asks what the provider leaves open, and takes it from --set" {
	any_client okta
	run -2 credence init any p --client-id id --scope a </dev/null
	[[ $output == *"--set domain is missing, and there is no terminal to ask on"* ]]
	run -2 credence init any p --client-id id --scope a --set domain=https://x <<<s
	[[ $output == *"--set domain: \"https://x\" is not taken"* ]]
	run -2 credence init any p --client-id id --scope a --set domain=d.okta.com --set nothing=1 <<<s
	[[ $output == *"--set nothing: neither provider any nor grant self_client has that"* ]]
	run -2 credence init any p --client-id id --scope a --set domain=d.okta.com --set domain <<<s
	[[ $output == *"lacks its value"* ]]
	[ ! -e "$CONF/profiles.d/p.conf" ]
	run -0 credence init any p --client-id id --scope a --set domain=d.okta.com --set server=aus1 <<<s
	[ "$(setting p accounts_server)" = https://d.okta.com/oauth2/aus1 ]
	rm "$CONF/profiles.d/p.conf"
	# What is not asked may still be set.
	any_client github
	run -0 credence init any gh --client-id id --scope a --set host=github.example.org \
		--set api=https://github.example.org/api/v3 <<<s
	[ "$(setting gh userinfo_endpoint)" = https://github.example.org/api/v3/user ]
	run -0 credence check
}

@test "init asks the options that the grant needs, and nothing that the kind of client lacks" {
	printf '%s\n' 'token_endpoint = "https://a.example.org/token";' \
		'clients = ( { grant = "asks"; name = "x"; title = "X"; text = "x"; secret = false; scope = false; person = false; } );' \
		>"$CONF/providers.d/any.conf"
	run -2 credence init any p --client-id id --set key=file:/k --set pause=1m --set strict=true </dev/null
	[[ $output == *"--set days is missing"* ]]
	run -2 credence init any p --client-id id --set key=bare --set days=3 --set pause=1m --set strict=true </dev/null
	[[ $output == *"--set key: \"bare\" is not taken"* ]]
	run -2 credence init any p --client-id id --set key=plain:CANARY --set days=3 --set pause=1m --set strict=true </dev/null
	[[ $output == *"--set key: "*"file of mode 0600"* ]]
	run -2 credence init any p --client-id id --set key=file:/k --set days=x --set pause=1m --set strict=true </dev/null
	run -2 credence init any p --client-id id --set key=file:/k --set days=3 --set pause=1 --set strict=true </dev/null
	run -2 credence init any p --client-id id --set key=file:/k --set days=3 --set pause=1m --set strict=1 </dev/null
	[ ! -e "$CONF/profiles.d/p.conf" ]
	(umask 077 && echo x >"$CONF/key")
	run -0 credence init any p --client-id id --set "key=file:$CONF/key" --set days=3 --set pause=1m --set strict=true </dev/null
	[ "${lines[0]}" = "Wrote $CONF/profiles.d/p.conf." ]
	[ "${lines[1]}" = "Next: credence -C $CONF token p" ]
	run -0 credence check
	[ "$(setting p grant.days)" = 3 ]
	run -1 grep -E 'secret =|scope =|subject' "$CONF/profiles.d/p.conf"
	run -0 credence init any q --client-id id --set key=file:/k --set days=3 --set pause=1m \
		--set strict=true --set subject=me </dev/null
	[ "$(setting q grant.subject)" = me ]
}

@test "explain knows each code of the new catalogues, and the remedies name their profile" {
	run -0 credence explain --provider microsoft AADSTS700082
	[[ $output == *"  exit    4"* ]]
	run -0 credence explain --provider github bad_refresh_token
	[[ $output == *"  exit    4"* ]]
	run -0 credence explain --provider google UNAUTHENTICATED
	[[ $output == *"0: the token is renewed"* ]]
	run -0 credence explain --provider salesforce 'expired access/refresh token'
	run -0 credence explain --provider keycloak 'Session not active'
}
