// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Officials} from "../src/Officials.sol";
import {SettlementLedger} from "../src/SettlementLedger.sol";
import {Person, Stage} from "./Stage.sol";

/// @dev A settlement with those who sign it.
struct Deal {
    SettlementLedger.Settlement terms;
    Person[] parties;
    Person mediator;
}

/**
 * @title Settling
 * @notice Deals and their signatures, as the platform puts them together.
 * @dev No test here.
 */
abstract contract Settling is Stage {
    /// @dev Two to four parties of any kind, other people for every seed, and a mediator in office.
    function deal(uint256 seed) internal returns (Deal memory made) {
        uint256 count = within(seed >> 8, 2, 4);
        made.parties = new Person[](count);
        made.terms.parties = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            made.parties[i] = anybody(uint256(keccak256(abi.encode("party", seed, i))));
            made.terms.parties[i] = made.parties[i].name;
        }
        made.mediator = anybody(uint256(keccak256(abi.encode("mediator", seed))));
        made.terms.mediator = made.mediator.name;
        made.terms.agreement = keccak256(abi.encode("agreement", seed));
        made.terms.caseRef = keccak256(abi.encode("case", seed));
        made.terms.version = uint32(within(seed >> 16, 1, 1_000));
        appoint(made.mediator, Officials.Office.MEDIATOR);
    }

    /// @dev The same people on a later text of the same case.
    function laterVersion(Deal memory made) internal pure returns (Deal memory later) {
        later = Deal(_copy(made.terms), made.parties, made.mediator);
        later.terms.supersedes = made.terms.agreement;
        later.terms.agreement = keccak256(abi.encode("after", made.terms.agreement));
        later.terms.version = made.terms.version + 1;
    }

    function consents(Deal memory made) internal view returns (bytes[] memory signatures) {
        bytes32 digest = settlements.consentDigest(made.terms);
        signatures = new bytes[](made.parties.length);
        for (uint256 i = 0; i < signatures.length; ++i) signatures[i] = sign(made.parties[i], digest);
    }

    function mediatorsSeal(Deal memory made) internal view returns (bytes memory) {
        return sign(made.mediator, settlements.sealDigest(made.terms));
    }

    function sealDeal(Deal memory made) internal {
        settlements.seal(made.terms, consents(made), mediatorsSeal(made));
    }

    function isSealed(bytes32 agreement) internal view returns (bool) {
        return settlements.settlementOf(agreement).sealedTime != 0;
    }

    function _copy(
        SettlementLedger.Settlement memory terms
    ) private pure returns (SettlementLedger.Settlement memory) {
        return abi.decode(abi.encode(terms), (SettlementLedger.Settlement));
    }
}
