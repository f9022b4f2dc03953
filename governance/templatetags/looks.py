"""The house style for templates: icons, states, people, digests, times and numbers. Nothing here reads the database."""

from django import template

from governance.looks import components, digests, forms, marks, meters, numbers, persons, times

register = template.Library()

TAGS = [
    marks.icon,
    marks.brandmark,
    marks.chip,
    marks.tag,
    marks.tier,
    marks.stage,
    marks.met_state,
    marks.road_mark,
    marks.review_stage_mark,
    marks.condition_state,
    marks.proof_state,
    marks.chip_icon,
    marks.verdict_icon,
    marks.notice_icon,
    persons.person,
    digests.seal,
    digests.digest,
    meters.meter,
    meters.progress_bar,
    forms.described_by,
    forms.control,
    forms.options_of,
    forms.problems_of,
]
FILTERS = [
    marks.message_state,
    persons.initials,
    digests.short_digest,
    meters.misses_first,
    meters.asked_count,
    meters.met_count,
    meters.open_count,
    meters.waived_count,
    times.when,
    times.when_text,
    times.day,
    times.day_text,
    times.long_day,
    times.clock,
    times.exact,
    times.age,
    times.dated,
    numbers.thousands,
    numbers.figure,
    numbers.measured,
    numbers.filesize_si,
    numbers.counted,
    components.fingerprint,
    components.extra,
    components.table_roles,
    forms.control_kind,
    forms.errors_of,
    forms.as_reasons,
]

for tag in TAGS:
    register.simple_tag(tag)
for each in FILTERS:
    register.filter(each)
