"""The three demo calls. Every name, number and address is invented.

The wording keeps to what the bundled model was trained on: greetings, requests, numbers and dates said in words.
"""

from __future__ import annotations

from scripts.make_demo_calls.script import DemoSpeaker, Dialogue, Line
from scripts.synthesis import Voice


def _agent(text: str, pause_s: float = 0.8) -> Line:
    return Line("agent", text, pause_s)


def _customer(text: str, pause_s: float = 0.8) -> Line:
    return Line("customer", text, pause_s)


TELECOM_BILLING = Dialogue(
    id="telecom-billing",
    title="A telecom customer asks about an expensive invoice and gets a refund",
    speakers=(
        DemoSpeaker("S1", "agent", Voice("espeak-ng", "gmw/en-US"), channel=0),
        DemoSpeaker("S2", "customer", Voice("espeak-ng", "gmw/en-US+f2"), channel=1),
    ),
    lines=(
        _agent(
            "Thank you for calling {organization: Smith Telecom}, my name is {person_name: David}, "
            "how can I help you today?"
        ),
        _customer("Hello, my name is {person_name: Jennifer Davis}."),
        _customer("I am calling about my invoice.", 1.1),
        _agent("Could you please confirm your phone number?"),
        _customer("My phone number is {phone_number: two one two, five five five, oh one eight six}.", 1.0),
        _agent("Please hold while I check your account."),
        _customer("I was charged {money_amount: ninety-five dollars} on {date: March third}.", 1.2),
        _agent("I am sorry to hear that, let me check that for you."),
        _agent("We changed your plan last week.", 1.2),
        _customer("Why is the invoice so expensive?", 0.7),
        _agent("The total comes to {money_amount: ninety-five dollars}, including fees."),
        _customer("I do not understand the charge.", 0.7),
        _agent("I apologize for the inconvenience, we will refund the charge by {date: April twelfth}."),
        _agent("I can offer you a discount of twenty-five percent.", 1.1),
        _customer("Okay, that sounds good."),
        _customer("You can reach me at {email_address: jennifer dot davis at example dot com}.", 1.1),
        _agent("Is there anything else I can help you with?"),
        _customer("No, thanks a lot."),
        _agent("Thank you, {person_name: Jennifer}, have a great day."),
        _customer("Goodbye.", 0.7),
    ),
    answers={
        "service-quality": {
            "greeting": True,
            "introduction": True,
            "verification": True,
            "empathy": True,
            "solution": True,
            "next_step": True,
            "further_help": True,
            "closing": True,
        }
    },
)

CARD_REPLACEMENT = Dialogue(
    id="card-replacement",
    title="A bank customer proves who he is and has a lost card replaced",
    speakers=(
        DemoSpeaker("S1", "agent", Voice("flite", "slt")),
        DemoSpeaker("S2", "customer", Voice("espeak-ng", "gmw/en-US", tempo=0.93)),
    ),
    lines=(
        _agent(
            "Thank you for calling {organization: Smith Bank}, my name is {person_name: Amanda}, "
            "how can I help you today?"
        ),
        _customer("Hello, my name is {person_name: James Roy}. I would like to replace my lost card, please."),
        _agent("Could you please read your card number?"),
        _customer(
            "My credit card number is "
            "{credit_card_number: four two four two, four two four two, four two four two, four two four two}."
        ),
        _customer(
            "The card expires in {credit_card_expiration: September twenty twenty-eight}. "
            "The security code is {credit_card_cvv: three one nine}."
        ),
        _agent("Perfect, thank you. Could you please repeat your last name?"),
        _customer(
            "My last name is {person_name: Roy}, that is {person_name: R as in Romeo, O as in Oscar, Y as in Yankee}."
        ),
        _agent("Perfect, thank you. Could you please check your address?"),
        _customer("My address is {location: twelve Miller Road, Lake David}."),
        _customer(
            "I was born on {date_of_birth: May third nineteen eighty-one}. "
            "The postal code is {location: eight oh two one six}."
        ),
        _agent("Could you please confirm your phone number?"),
        _customer("My phone number is {phone_number: three oh two, five five five, oh one seven six}."),
        _customer("My email address is {email_address: james two seven at example dot com}."),
        _agent("Perfect, thank you. The card number is {credit_card_number: four two four two}, is that correct?"),
        _customer("Yes, thank you. When will the card be ready?"),
        _agent("That will be {money_amount: ten dollars}. We will send the card by {date: March first}."),
        _customer("Okay, that sounds good. Thank you very much, bye."),
        _agent("Thank you, {person_name: James}, have a nice day."),
    ),
    answers={
        "service-quality": {
            "greeting": True,
            "introduction": True,
            "verification": True,
            "empathy": False,
            "solution": True,
            "next_step": True,
            "further_help": False,
            "closing": True,
        }
    },
)

DELIVERY_COMPLAINT = Dialogue(
    id="delivery-complaint",
    title="A customer complains about a late order, now and then over the agent's words",
    speakers=(
        DemoSpeaker("S1", "agent", Voice("flite", "rms", tempo=1.05), channel=0),
        DemoSpeaker("S2", "customer", Voice("espeak-ng", "gmw/en-US+belinda"), channel=1),
    ),
    lines=(
        _agent("Good afternoon, this is {person_name: Michael Brown} from {organization: Williams Books}."),
        _customer("Hello, my name is {person_name: Linda Johnson}. I am calling about my order."),
        _customer("I have been waiting for three weeks. Why is the delivery so slow?", 1.1),
        _agent("I am sorry to hear that, let me find that for you.", -0.4),
        _customer("My order number is {account_number: seven seven one four, oh two six}."),
        _agent("Please hold while I find your order."),
        _customer("When will the order be delivered?", -0.5),
        _agent("The large order has not been found yet.", 1.2),
        _agent("I apologize for the inconvenience, we will send the order by {date: April sixth}.", 1.1),
        _customer("I want to cancel the order before the delivery.", -0.7),
        _agent("I can offer you a discount of thirty percent."),
        _customer("I do not need the discount.", -0.4),
        _agent("Okay, I will do that."),
        _customer("I was charged {money_amount: sixty dollars} on {date: February third}."),
        _agent("I apologize for the inconvenience, we will send the invoice by {date: April ninth}.", -0.3),
        _customer("Please send it to {email_address: linda dot johnson at example dot com}."),
        _agent("Is there anything else I can help you with?"),
        _customer("No, thanks a lot.", -0.3),
    ),
    answers={
        "service-quality": {
            "greeting": True,
            "introduction": True,
            "verification": False,
            "empathy": True,
            "solution": True,
            "next_step": True,
            "further_help": True,
            "closing": False,
        }
    },
    telephone=True,
)

DIALOGUES = (TELECOM_BILLING, CARD_REPLACEMENT, DELIVERY_COMPLAINT)
