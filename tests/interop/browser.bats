#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The grant server_based with a real browser: Chromium on the sandbox's consent page. What it shows is
# saved as tests/interop/screenshots below the build folder.

load webdriver

setup_file() {
	export SCREENSHOTS=$abs_top_builddir/tests/interop/screenshots
	sandbox_start --code-count 1000
	driver_start
}

teardown_file() {
	driver_stop
	sandbox_stop
}

setup() {
	browser_start
	world
	PORT=$(free_port)
	REDIRECT=http://127.0.0.1:$PORT/callback
	WEB_CLIENTS=$((BATS_TEST_NUMBER * 10))
	web_client
	web_profile crm
}

teardown() {
	login_stop
	browser_stop
}

@test "a person of another data centre allows access" {
	login_start crm
	go "$LOGIN_URL"
	[ "$(text h1)" = "Allow access?" ]
	choose '#location' eu
	screenshot consent
	click button.allow
	until_text "You are signed in"
	[[ $(text) == *"credence has its tokens for crm."* ]]
	screenshot signed-in
	login_end
	[ "$status" = 0 ]
	[[ $output == *"logged in at eu ($SANDBOX_ACCOUNTS_eu)"* ]]
	credence api crm /crm/v8/Leads | grep -q '"Data_Center":"eu"'
}

@test "the page has its style, and nothing that the policy forbids" {
	login_start crm
	go "$LOGIN_URL"
	click button.allow
	until_text "You are signed in"
	[ "$(script 'return getComputedStyle(document.querySelector("main")).borderTopLeftRadius !== "0px"')" = true ]
	[ "$(script 'return document.querySelectorAll("script, img, iframe, object, form").length')" = 0 ]
	[ "$(script 'return performance.getEntriesByType("resource").filter(e => e.name.startsWith("http")).length')" = 0 ]
	# No other page learns where it came from.
	script "location.href = '$SANDBOX_ACCOUNTS_us/oauth/v2/auth'" >/dev/null
	until_text "Invalid response type"
	[ "$(script 'return document.referrer')" = '""' ]
	login_end
	[ "$status" = 0 ]
}

@test "the person refuses" {
	login_start crm
	go "$LOGIN_URL"
	click 'button[value=refuse]'
	until_text "Access was refused"
	screenshot refused
	login_end
	[ "$status" = 5 ]
	[[ $stderr == *"access_denied"*hint:* ]]
	run -4 credence token crm
}

@test "another state, and a page that is not there: the login goes on" {
	login_start crm
	go "$REDIRECT?code=1000.x&state=wrong"
	until_text "This is no answer to the login that waits here"
	screenshot strange
	go "http://127.0.0.1:$PORT/"
	until_text "There is nothing here"
	screenshot nothing
	login_waits
	go "$LOGIN_URL"
	click button.allow
	until_text "You are signed in"
	login_end
	[ "$status" = 0 ]
}

@test "a redirect that is played again" {
	login_start crm
	go "$LOGIN_URL"
	click button.allow
	until_text "You are signed in"
	played=$(address)
	login_end
	[ "$status" = 0 ]
	# Nobody listens any more …
	go "$played"
	[[ $(script 'return document.title') != *credence* ]]
	# … and the next login knows it for what it is.
	login_start crm
	go "$played"
	until_text "This is no answer to the login that waits here"
	login_waits
	go "$LOGIN_URL"
	click button.allow
	until_text "You are signed in"
	login_end
	[ "$status" = 0 ]
}

@test "a code that the server refuses" {
	control fault -d name=error -d code=invalid_code -d endpoint=token -d count=1 >/dev/null
	login_start crm
	go "$LOGIN_URL"
	click button.allow
	until_text "Signing in did not succeed"
	screenshot failed
	login_end
	[ "$status" = 4 ]
}

@test "what is wrong with the request is seen in the browser, and the login waits until its time is over" {
	web_client "$REDIRECT/other"
	web_profile crm 'grant = ( { use = "server_based"; wait = "20s"; } )'
	login_start crm
	go "$LOGIN_URL"
	until_text "Invalid Redirect Uri"
	screenshot invalid-redirect
	login_waits
	login_end
	[ "$status" = 6 ]
	[[ $stderr == *"no answer came from the browser in time"* ]]
	run -0 credence explain "Invalid Redirect Uri"
}

@test "in the dark, and on a phone" {
	login_start crm
	curl -sS -m 20 "$DRIVER/status" >/dev/null
	webdriver POST goog/cdp/execute '{"cmd":"Emulation.setEmulatedMedia","params":{"features":[{"name":"prefers-color-scheme","value":"dark"}]}}'
	# A window is never as narrow as a phone.
	webdriver POST goog/cdp/execute '{"cmd":"Emulation.setDeviceMetricsOverride","params":{"width":320,"height":640,"deviceScaleFactor":2,"mobile":true}}'
	go "$LOGIN_URL"
	click button.allow
	until_text "You are signed in"
	screenshot dark
	[ "$(script 'return innerWidth')" = 320 ]
	[ "$(script 'return document.documentElement.scrollWidth <= innerWidth')" = true ]
	login_end
	[ "$status" = 0 ]
}
