"""Likeness: a campaign's comments come together, and others stay by themselves."""

from services.feedback_desk import likeness
from services.feedback_desk.likeness import Said

CAMPAIGN = (
    "我们认为草案对赤泥堆场的要求过于严格，建议为现有设施设置五年过渡期，并说明已批准项目是否豁免。"
)


def test_a_campaign_is_one_group_whatever_its_signatures_and_stops() -> None:
    said = [
        Said("1", CAMPAIGN),
        Said("2", "建议补充对中小企业的适用办法，特别是审核费用的分担方式。"),
        Said("3", CAMPAIGN.replace("。", "！").replace("，", ",") + "——某厂职工"),
        Said("4", CAMPAIGN.replace("五年", "三年")),
        Said("5", "同意"),
        Said("6", "同意"),
    ]

    groups = likeness.grouped(said)

    assert [[one.receipt for one in group.members] for group in groups] == [["1", "3", "4"]]


def test_a_group_is_worked_through_a_hundred_at_a_time() -> None:
    said = [Said(f"{number}", CAMPAIGN, disposed=number < 60) for number in range(130)]

    (group,) = likeness.grouped(said)

    assert len(group.next) == 100
    assert [one.disposed for one in group.next].count(True) == 30
    assert not group.next[69].disposed


def test_the_largest_group_comes_first() -> None:
    others = "The bond for mine closure is too high and should follow local regulation."
    said = [Said(f"{number}", CAMPAIGN) for number in range(2)]
    said += [Said(f"e{number}", others) for number in range(3)]

    groups = likeness.grouped(said)

    assert [len(group.members) for group in groups] == [3, 2]
