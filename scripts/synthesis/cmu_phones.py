"""The phones of flite and festival (CMU's for American English) in espeak-ng's mnemonics, so that all voices share one
inventory."""

from __future__ import annotations

_VOWELS = "aa=A: ae=a ah=V ao=O: aw=aU ax=@ axr=3: ay=aI eh=E er=3: ey=eI ih=I iy=i: ow=oU oy=OI uh=U uw=u:"
_CONSONANTS = "ch=tS dh=D dx=t# el=@L em=m en=n hh=h hv=h jh=dZ ng=N nx=n sh=S th=T y=j zh=Z"
_MNEMONICS = dict(pair.split("=") for pair in f"{_VOWELS} {_CONSONANTS} pau= brth= h#= ssil=".split())


def mnemonic(phone: str) -> str:
    """espeak-ng's mnemonic of a CMU phone; "" for pauses. Most consonants have the same name in both."""
    return _MNEMONICS.get(phone, phone)
