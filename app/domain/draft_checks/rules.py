"""All rules of the draft checker, in the order in which hits of one place are told; and which predicate has which name."""

from app.domain.draft_checks import in_duties, in_figures, in_names, in_structure
from app.domain.draft_checks.model import Rule
from app.domain.draft_checks.rules_clear import RULES as CLEAR
from app.domain.draft_checks.rules_court import RULES as COURT
from app.domain.draft_checks.rules_illegal import RULES as ILLEGAL
from app.domain.draft_checks.rules_rights import RULES as RIGHTS
from app.domain.draft_checks.scene import Predicate

RULES: tuple[Rule, ...] = (*COURT, *ILLEGAL, *CLEAR, *RIGHTS)
BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}
PREDICATES: dict[str, Predicate] = {
    function.__name__: function
    for function in (
        in_duties.duty_of_nobody,
        in_duties.duty_of_outsider,
        in_duties.duty_without_date,
        in_duties.due_before_today,
        in_duties.payment_without_amount,
        in_figures.day_not_in_calendar,
        in_figures.days_out_of_order,
        in_figures.deposit_over_fifth,
        in_figures.figures_against_words,
        in_figures.late_fee_over_measure,
        in_figures.parts_against_total,
        in_figures.shares_against_whole,
        in_names.characters_nobody_sees,
        in_names.duty_to_oneself,
        in_names.mixed_scripts,
        in_names.name_nearly_party,
        in_names.number_with_wrong_check,
        in_names.party_that_is_not_there,
        in_structure.arbitrated_and_sued,
        in_structure.agent_who_may_not_settle,
        in_structure.blank_name,
        in_structure.empty_field,
        in_structure.fee_of_people_mediation,
        in_structure.licence_longer_than_right,
        in_structure.licence_without_terms,
        in_structure.said_otherwise,
        in_structure.said_twice,
        in_structure.transfer_without_registration,
        in_structure.transferee_abroad,
    )
}
