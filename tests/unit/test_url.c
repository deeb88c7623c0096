/* SPDX-License-Identifier: MIT */
/* URLs: which are taken, what is read from them, joining and encoding. */
#include "core/config/url.h"

#include "config_world.h"
#include "suite.h"

static struct url url;

static const char *const good[] = {
    "https://a.example",
    "https://accounts.example.com/oauth/v2/token",
    "https://a.example:8443/x?y=z&q=%20a",
    "https://a.example?x=/../y",
    "https://xn--bcher-kva.example/",
    "https://10.0.0.5/x",
    "https://[2001:db8::1]:8443/x",
    "https://1.example-host/a..b/...",
    "http://127.0.0.1:8765/callback",
    "http://[::1]:80",
};

static const char *const bad[] = {
    "",
    "a.example",
    "/token",
    "ftp://a.example",
    "HTTPS://a.example",
    "https:/a.example",
    "https:///x",
    "https://",
    "https://A.example",
    "https://user@a.example",
    "https://user:pass@a.example/",
    "https://a.example@b.example",
    "https://a.example\\@b.example",
    "https://a.example/x\\y",
    "https://a.example/x#y",
    "https://a.example#y",
    "https://a.example/x y",
    "https://a.example/x\ty",
    "https://a.example/x\n",
    "https://a.example/\xc3\xa4",
    ("https://b\xc3\xbc"
     "cher.example/"),
    "https://a.example/%",
    "https://a.example/%2",
    "https://a.example/%zz",
    "https://a.example/../x",
    "https://a.example/x/.",
    "https://a.example/%2e%2E/x",
    "https://a.example/.%2e?x",
    "https://a..example",
    "https://a.example.",
    "https://.a.example",
    "https://-a.example",
    "https://a-.example",
    "https://a_b.example",
    "https://a.example:",
    "https://a.example:0",
    "https://a.example:080",
    "https://a.example:65536",
    "https://a.example:99999999999",
    "https://a.example:80a",
    "https://a.example:80:80",
    "https://2130706433/",
    "https://0x7f.0.0.1/",
    "https://127.1/",
    "https://127.0.0.01/",
    "https://1.2.3.256/",
    "https://1.2.3.4.5/",
    "https://a.0x1/",
    "https://[::1",
    "https://[::1]x",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::1%25eth0]/",
    "http://a.example",
    "http://localhost/",
    "http://127.0.0.2/",
    "http://127.0.0.1.example/",
};

START_TEST(taken)
{
	const char *wrong = url_parse(good[_i], &url);

	ck_assert_msg(wrong == NULL, "%s: %s", good[_i], wrong);
}
END_TEST

START_TEST(refused)
{
	ck_assert_msg(url_parse(bad[_i], &url) != NULL, "%s is taken", bad[_i]);
}
END_TEST

START_TEST(lengths)
{
	char text[400] = "https://";

	memset(text + 8, 'a', 64);
	ck_assert_ptr_nonnull(url_parse(text, &url));
	text[8 + 63] = '\0';
	ck_assert_ptr_null(url_parse(text, &url));
	for (size_t i = 8; i < sizeof(text) - 1; i++)
		text[i] = i % 40 == 39 ? '.' : 'a';
	ck_assert_ptr_nonnull(url_parse(text, &url));
	text[8 + 253] = '\0';
	ck_assert_ptr_null(url_parse(text, &url));
}
END_TEST

START_TEST(parts)
{
	ck_assert_ptr_null(url_parse("https://a.example/x", &url));
	ck_assert(url.tls);
	ck_assert_str_eq(url.host, "a.example");
	ck_assert_int_eq(url.port, 443);
	ck_assert_uint_eq(url.origin_length, strlen("https://a.example"));

	ck_assert_ptr_null(url_parse("http://[::1]:8080?x", &url));
	ck_assert(!url.tls);
	ck_assert_str_eq(url.host, "::1");
	ck_assert_int_eq(url.port, 8080);
	ck_assert_uint_eq(url.origin_length, strlen("http://[::1]:8080"));

	ck_assert_ptr_null(url_parse("http://127.0.0.1/", &url));
	ck_assert_int_eq(url.port, 80);
}
END_TEST

START_TEST(origins)
{
	ck_assert(url_same_origin("https://a.example/x", "https://a.example:443/y?z"));
	ck_assert(!url_same_origin("https://a.example", "https://a.example:444"));
	ck_assert(!url_same_origin("https://a.example", "https://b.example"));
	ck_assert(!url_same_origin("https://127.0.0.1:80", "http://127.0.0.1:80"));
	ck_assert(!url_same_origin("https://a.example", "https://a.example.evil.example"));
	ck_assert(!url_same_origin("nonsense", "nonsense"));
}
END_TEST

static void joins(const char *base, const char *endpoint, const char *expected)
{
	struct buf text = BUF_INIT;

	url_join(&text, base, endpoint);
	ck_assert_str_eq(buf_text(&text), expected);
	buf_done(&text);
}

static const char *const patterns[] = {
    "https://a.example",   "https://a.example:8443",  "http://127.0.0.1:80",
    "https://*.a.example", "https://*.b-1.a.example",
};

static const char *const no_patterns[] = {
    "",
    "a.example",
    "*.a.example",
    "https://*",
    "https://*.",
    "https://*.example",
    "https://*a.example",
    "https://a.*.example",
    "https://**.a.example",
    "https://*.a.example/",
    "https://*.a.example:443",
    "https://*.a..example",
    "https://*.A.example",
    "http://*.a.example",
    "https://a.example/",
    "https://a.example/x",
    "https://a.example?x",
    "http://a.example",
};

START_TEST(patterns_taken)
{
	const char *wrong = url_pattern_check(patterns[_i]);

	ck_assert_msg(wrong == NULL, "%s: %s", patterns[_i], wrong);
}
END_TEST

START_TEST(patterns_refused)
{
	ck_assert_msg(url_pattern_check(no_patterns[_i]) != NULL, "%s", no_patterns[_i]);
}
END_TEST

static const struct {
	const char *pattern, *url;
	bool matches;
} matched[] = {
    {"https://a.example", "https://a.example/x", true},
    {"https://a.example", "https://a.example:443/x", true},
    {"https://a.example", "https://b.a.example/x", false},
    {"https://a.example", "http://127.0.0.1/", false},
    {"https://*.a.example", "https://b.a.example/x", true},
    {"https://*.a.example", "https://c.b.a.example", true},
    {"https://*.a.example", "https://b.a.example:443", true},
    {"https://*.a.example", "https://b.a.example:8443/", false},
    {"https://*.a.example", "https://a.example/", false},
    {"https://*.a.example", "https://evila.example/", false},
    {"https://*.a.example", "https://b.a.example.evil/", false},
    {"https://*.a.example", "https://evil/.a.example", false},
    {"https://*.a.example", "https://evil?.a.example", false},
    {"https://*.a.example", "https://evil@b.a.example/", false},
    {"https://*.example", "https://a.example/", false},
};

START_TEST(matching)
{
	ck_assert_int_eq(url_matches(matched[_i].pattern, matched[_i].url), matched[_i].matches);
}
END_TEST

static const struct {
	const char *text;
	bool resource, proxy;
} kinds[] = {
    {"https://a.example", true, true},
    {"https://a.example/", true, true},
    {"https://a.example/b?c=d", true, false},
    {"https://a.example/#b", false, false},
    {"http://user:word@a.example:3128/", true, true},
    {"socks5h://[::1]:1080", true, true},
    {"socks6://a.example", true, false},
    {"urn:a:b", true, false},
    {"a.example:3128", true, false},
    {"https://", true, false},
    {"https://a.example:0", true, false},
    {"https://a.example/ b", false, false},
    {"/b", false, false},
    {"1a:b", false, false},
    {"a:", false, false},
    {"a", false, false},
    {"", false, false},
};

/* RFC 8707 section 2. */
START_TEST(resources_and_proxies)
{
	ck_assert_int_eq(url_is_resource(kinds[_i].text), kinds[_i].resource);
	ck_assert_int_eq(url_is_proxy(kinds[_i].text), kinds[_i].proxy);
}
END_TEST

START_TEST(joining)
{
	joins("https://a.example", "/token", "https://a.example/token");
	joins("https://a.example/", "/token", "https://a.example/token");
	joins("https://a.example/tenant", "/token", "https://a.example/tenant/token");
	joins("https://a.example", "https://b.example/token", "https://b.example/token");
}
END_TEST

START_TEST(encoding)
{
	struct buf text = BUF_INIT;

	/* RFC 6749 appendix B. */
	url_encode(&text, " %&+\xc2\xa3\xe2\x82\xac");
	ck_assert_str_eq(buf_text(&text), "+%25%26%2B%C2%A3%E2%82%AC");
	buf_reset(&text);
	url_encode(&text, "AZaz09-._*~\n");
	ck_assert_str_eq(buf_text(&text), "AZaz09-._*%7E%0A");
	buf_done(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("url");
	TCase *tests = tcase_create("url");

	tcase_add_loop_test(tests, taken, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(tests, refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tests, lengths);
	tcase_add_test(tests, parts);
	tcase_add_test(tests, origins);
	tcase_add_loop_test(tests, patterns_taken, 0, sizeof(patterns) / sizeof(patterns[0]));
	tcase_add_loop_test(tests, patterns_refused, 0,
			    sizeof(no_patterns) / sizeof(no_patterns[0]));
	tcase_add_loop_test(tests, matching, 0, sizeof(matched) / sizeof(matched[0]));
	tcase_add_loop_test(tests, resources_and_proxies, 0, sizeof(kinds) / sizeof(kinds[0]));
	tcase_add_test(tests, joining);
	tcase_add_test(tests, encoding);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
