/* SPDX-License-Identifier: MIT */
/* Control words and brackets: the table of credence-profile(5), and what is refused. */
#include "core/config/control.h"

#include "config_world.h"
#include "suite.h"

static const struct row {
	const char *text, *reading, *writing;
	bool vital, alone_counts;
} rows[] = {
    {"required", "[success=done miss=ignore default=bad]", "[success=ok miss=ignore default=bad]",
     true, true},
    {"requisite", "[success=done miss=ignore default=die]", "[success=ok miss=ignore default=die]",
     true, true},
    {"sufficient", "[success=done default=ignore]", "[success=ok default=ignore]", false, true},
    {"optional", "[success=done default=ignore]", "[success=ok default=ignore]", false, false},
    {"[success=ok miss=ignore default=bad]", "[success=ok miss=ignore default=bad]",
     "[success=ok miss=ignore default=bad]", true, true},
    {"[ default=die  success=done\n]", "[success=done default=die]", "[success=done default=die]",
     true, true},
    {"[success=ok]", "[success=ok default=bad]", "[success=ok default=bad]", true, true},
    {"[default=ignore success=ok]", "[success=ok default=ignore]", "[success=ok default=ignore]",
     false, true},
    {"[success=done unavail=die unsafe=die default=ignore]",
     "[success=done unavail=die unsafe=die default=ignore]",
     "[success=done unavail=die unsafe=die default=ignore]", false, true},
};

static void prints(const struct control *control, int way, const char *expected)
{
	struct buf text = BUF_INIT;

	control_print(control, way, &text);
	ck_assert_str_eq(buf_text(&text), expected);
	buf_done(&text);
}

START_TEST(taken)
{
	const struct row *row = &rows[_i];
	struct control control;
	const char *wrong = control_parse(row->text, &control);

	ck_assert_msg(wrong == NULL, "%s: %s", row->text, wrong);
	ck_assert_str_eq(control.text, row->text);
	prints(&control, WALK_READING, row->reading);
	prints(&control, WALK_WRITING, row->writing);
	ck_assert_int_eq(control.vital, row->vital);
	ck_assert_int_eq(control.alone_counts, row->alone_counts);
	control_done(&control);
}
END_TEST

START_TEST(absent_is_required)
{
	struct control control;

	ck_assert_ptr_null(control_parse(NULL, &control));
	ck_assert_str_eq(control.text, "required");
	prints(&control, WALK_READING, rows[0].reading);
	control_done(&control);
}
END_TEST

static const struct {
	const char *text, *says;
} bad[] = {
    {"", "unknown control word"},
    {"requird", "did you mean \"required\"?"},
    {"Required", "unknown control word"},
    {"[success=ok", "closing ]"},
    {"[", "closing ]"},
    {"[]", "says nothing"},
    {"[ ]", "says nothing"},
    {"[success]", "answer=action"},
    {"[succes=ok]", "did you mean \"success\"?"},
    {"[success=okay]", "unknown action \"okay\""},
    {"[success=don]", "did you mean \"done\"?"},
    {"[success=ok success=done]", "twice"},
    {"[default=ok default=bad]", "twice"},
    {"[=ok]", "unknown answer"},
    {"[success=]", "unknown action"},
    {"[success=ok miss=2]", "unknown action"},
};

START_TEST(refused)
{
	struct control control;
	const char *wrong = control_parse(bad[_i].text, &control);

	ck_assert_msg(wrong != NULL, "%s is taken", bad[_i].text);
	ck_assert_msg(strstr(wrong, bad[_i].says) != NULL, "%s: %s", bad[_i].text, wrong);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control");
	TCase *tests = tcase_create("control");

	tcase_add_loop_test(tests, taken, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tests, absent_is_required);
	tcase_add_loop_test(tests, refused, 0, sizeof(bad) / sizeof(bad[0]));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
