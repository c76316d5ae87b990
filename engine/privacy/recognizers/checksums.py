"""Check digits of the numbers that have them. Each function takes the number with or without separators."""

from __future__ import annotations

_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", "012345678912345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def digits(text: str) -> str:
    """The decimal digits of a text, of any script, as ASCII."""
    return "".join(str(int(character)) for character in text if character.isdecimal())


def luhn(text: str) -> bool:
    """Luhn, ISO/IEC 7812-1: payment cards, IMEI, Canadian SIN."""
    total = 0
    for position, digit in enumerate(reversed(digits(text))):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: country, check digits and account are 1 modulo 97."""
    compact = "".join(filter(str.isalnum, text)).upper()
    return len(compact) >= 15 and int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def aba_routing(text: str) -> bool:
    """Routing number of a US bank: weights 3, 7, 1 and a Federal Reserve prefix."""
    number = digits(text)
    prefix = int(number[:2] or 99)
    weighted = sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=False))
    return len(number) == 9 and (prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72) and weighted % 10 == 0


def vin(text: str) -> bool:
    """Vehicle identification number with a check digit at place 9, 49 CFR 565.15 (North America)."""
    number = text.upper()
    if len(number) != 17 or not set(number) <= _VIN_VALUES.keys():
        return False
    remainder = sum(int(_VIN_VALUES[c]) * weight for c, weight in zip(number, _VIN_WEIGHTS, strict=True)) % 11
    return number[8] == "0123456789X"[remainder]


def nir(text: str) -> bool:
    """French social security number (NIR) with its key: 97 less the number modulo 97; Corsica writes 2A or 2B."""
    compact = "".join(filter(str.isalnum, text)).upper().replace("2A", "19", 1).replace("2B", "18", 1)
    return len(compact) == 15 and compact.isdecimal() and 97 - int(compact[:13]) % 97 == int(compact[13:])


def cpf(text: str) -> bool:
    """Brazilian CPF: two check digits modulo 11."""
    number = [int(digit) for digit in digits(text)]
    if len(number) != 11 or len(set(number)) == 1:
        return False
    return all(_cpf_digit(number[:place]) == number[place] for place in (9, 10))


def _cpf_digit(head: list[int]) -> int:
    weighted = sum(digit * weight for digit, weight in zip(head, range(len(head) + 1, 1, -1), strict=True))
    return weighted * 10 % 11 % 10


def chinese_id(text: str) -> bool:
    """Resident identity number of China, GB 11643: ISO 7064 MOD 11-2."""
    number = text.upper()
    if len(number) != 18 or not number[:17].isdecimal():
        return False
    return (
        "10X98765432"[sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17])) % 11]
        == number[17]
    )


def snils(text: str) -> bool:
    """Russian SNILS: weighted sum modulo 101."""
    number = digits(text)
    weighted = sum(int(digit) * (9 - place) for place, digit in enumerate(number[:9]))
    return len(number) == 11 and weighted % 101 % 100 == int(number[9:])
